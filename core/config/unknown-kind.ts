import * as z from 'zod';
import { nearest } from './nearest.ts';
import { isObject, type Path, valueAt } from './problem.ts';
import { deployment, everyDeployment } from './schema/deployment.ts';
import { endpoint, everyEndpoint } from './schema/endpoint.ts';

/**
 * Where the kind of a thing is unknown, the schema looks at nothing else of it. So that all is told at once, it is read here as the kind
 * that was most likely meant, or else for what every kind has.
 * @returns the issues, each unknown kind followed by what else is wrong with its thing.
 */
export function withIssuesOfUnknownKinds(raw: unknown, issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  return issues.flatMap((issue) => {
    if (issue.code !== 'invalid_union' || !('discriminator' in issue)) return [issue];
    const path = issue.path.slice(0, -1).map((part) => (typeof part === 'symbol' ? String(part) : part));
    const thing = valueAt(raw, path);
    const inner = isObject(thing) ? (likelySchema(path, thing.kind)?.safeParse(thing).error?.issues ?? []) : [];
    const further = inner.filter((one) => one.path[0] !== 'kind').map((one) => ({ ...one, path: [...path, ...one.path] }));
    return [issue, ...further];
  });
}

function likelySchema(path: Path, kind: unknown): z.ZodType | undefined {
  const [union, common] = path.includes('endpoints')
    ? [endpoint, z.object(everyEndpoint)]
    : path.includes('deployments')
      ? [deployment, z.object(everyDeployment)]
      : [undefined, undefined];
  if (!union) return undefined;
  const kinds = union.options.map((option) => option.shape.kind.value);
  const meant = typeof kind === 'string' ? nearest(kind, kinds) : undefined;
  return union.options.find((option) => option.shape.kind.value === meant) ?? common;
}
