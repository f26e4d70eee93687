import { alternativesOf, configJsonSchema, isSchema, type JsonSchema } from './json-schema.ts';

export interface Field {
  /** services[].endpoints[].url; `<key>` stands for any key of a record. */
  path: string;
  type: string;
  required: boolean;
  default?: unknown;
  description: string | undefined;
}

/** Every field of the configuration, in the order of the schema. Fields of several kinds of one thing appear once. */
export function fields(): Field[] {
  const all = fieldsUnder(configJsonSchema(), '');
  const seen = new Set<string>();
  return all.filter(({ path, description }) => {
    const key = `${path} ${description}`;
    return !seen.has(key) && seen.add(key);
  });
}

function fieldsUnder(node: JsonSchema, path: string): Field[] {
  const own = Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    if (!isSchema(child)) return [];
    const at = path === '' ? name : `${path}.${name}`;
    const field: Field = {
      path: at,
      type: typeOf(child),
      required: node.required?.includes(name) ?? false,
      description: child.description,
    };
    if (child.default !== undefined) field.default = child.default;
    return [field, ...fieldsUnder(child, at)];
  });
  const items = isSchema(node.items) ? fieldsUnder(node.items, `${path}[]`) : [];
  const entries = isSchema(node.additionalProperties) ? fieldsUnder(node.additionalProperties, `${path}.<key>`) : [];
  return [...own, ...items, ...entries, ...alternativesOf(node).flatMap((child) => fieldsUnder(child, path))];
}

function typeOf(node: JsonSchema): string {
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum) return node.enum.map((value) => JSON.stringify(value)).join(', ');
  if (node.type === 'array') return isSchema(node.items) ? `list of ${typeOf(node.items)}` : 'list';
  if (node.type === 'object') return isSchema(node.additionalProperties) ? 'object by key' : 'object';
  if (node.type === 'integer') return 'whole number';
  return typeof node.type === 'string' ? node.type : 'object';
}

/** The fields as a table in Markdown. */
export function fieldTable(): string {
  const rows = fields().map(
    ({ path, type, required, default: fallback, description }) =>
      `| \`${path}\` | ${cell(type)} | ${required ? 'required' : fallback === undefined ? '' : `\`${cell(shortened(fallback))}\``} | ${cell(description ?? '')} |`,
  );
  return ['| field | type | default | meaning |', '|---|---|---|---|', ...rows, ''].join('\n');
}

function shortened(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
