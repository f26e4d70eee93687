import * as z from 'zod';
import { isObject, type Path, valueAt } from './problem.ts';
import { configSchema } from './schema.ts';

export type JsonSchema = z.core.JSONSchema.JSONSchema;

let cached: JsonSchema | undefined;

/** The JSON Schema (2020-12) of the configuration file, for editors: `evenkeel schema` writes it. */
export function configJsonSchema(): JsonSchema {
  cached ??= z.toJSONSchema(configSchema, { io: 'input' });
  return cached;
}

/** The schema of the field at `path`; of the alternatives of a union, the one whose `kind` the value has. */
export function fieldAt(raw: unknown, path: Path): JsonSchema | undefined {
  let field: JsonSchema | undefined = configJsonSchema();
  for (const [depth, part] of path.entries()) {
    if (field === undefined) return undefined;
    field = stepInto(alternative(field, valueAt(raw, path.slice(0, depth))), part);
  }
  return field;
}

export function keysAt(raw: unknown, path: Path): string[] {
  const field = fieldAt(raw, path);
  if (field === undefined) return [];
  const { properties, propertyNames } = alternative(field, valueAt(raw, path));
  if (properties) return Object.keys(properties);
  return isSchema(propertyNames) ? (propertyNames.enum ?? []).map(String) : [];
}

function stepInto(field: JsonSchema, part: string | number): JsonSchema | undefined {
  const next = typeof part === 'number' ? field.items : (field.properties?.[part] ?? field.additionalProperties);
  return isSchema(next) ? next : undefined;
}

function alternative(field: JsonSchema, value: unknown): JsonSchema {
  const alternatives = alternativesOf(field);
  const kind = isObject(value) ? value.kind : undefined;
  return alternatives.find(({ properties }) => isSchema(properties?.kind) && properties.kind.const === kind) ?? alternatives[0] ?? field;
}

/** The members of a union. */
export function alternativesOf(field: JsonSchema): JsonSchema[] {
  return (field.oneOf ?? field.anyOf ?? []).filter(isSchema);
}

export function isSchema(value: unknown): value is JsonSchema {
  return isObject(value) && !Array.isArray(value);
}
