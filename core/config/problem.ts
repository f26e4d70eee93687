/** What is wrong with a configuration, in words for the person who wrote it. */
export interface Problem {
  /** Where, as one would write it in code: services[0].endpoints[1].url */
  path: string;
  /** The value found there, as JSON, shortened; `nothing` when there is none. */
  received: string;
  message: string;
  /** What to do about it. */
  remedy: string;
}

export type Path = readonly (string | number)[];

/** A problem before the value is looked up. */
export interface Finding {
  path: Path;
  message: string;
  remedy: string;
}

const shownCharacters = 80;

export function toProblem(raw: unknown, { path, message, remedy }: Finding): Problem {
  return { path: formatPath(path), received: path.some(isSecretive) ? hidden : show(valueAt(raw, path)), message, remedy };
}

function formatPath(path: Path): string {
  const text = path.map((part) =>
    typeof part === 'number' ? `[${part}]` : /^[\w$]+$/.test(part) ? `.${part}` : `[${JSON.stringify(part)}]`,
  );
  return text.join('').replace(/^\./, '') || '(the whole file)';
}

export function valueAt(raw: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, part) => (isObject(value) && Object.hasOwn(value, part) ? value[part] : undefined), raw);
}

export function isObject(value: unknown): value is Record<string | number, unknown> {
  return typeof value === 'object' && value !== null;
}

const hidden = '(not shown)';

/** Whatever stands in a header, or under such a name, may be a password that somebody put in the wrong place. */
function isSecretive(key: string | number): boolean {
  return /header|secret|token|password|authorization/i.test(String(key));
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  // JSON has neither NaN nor infinities and would show them as null; YAML and TypeScript have them.
  if (typeof value === 'number') return String(value);
  const json = JSON.stringify(value, (key, inner) => (isSecretive(key) ? hidden : inner)) ?? String(value);
  const text = json.replaceAll(/:\/\/[^/@\s"]*@/g, `://${hidden}@`);
  return text.length <= shownCharacters ? text : `${text.slice(0, shownCharacters - 1)}…`;
}
