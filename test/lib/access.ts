import type { Template } from 'aws-cdk-lib/assertions';
import { resourcesOf } from './synthesised.ts';

interface Statement {
  Effect: 'Allow' | 'Deny';
  Action: string | string[];
  Resource?: unknown;
  Principal?: unknown;
  Condition?: Record<string, Record<string, unknown>>;
}

/** A request as IAM judges it: enough of it to prove what a role cannot do. */
export interface Request {
  action: string;
  resource: string;
  context?: Record<string, string>;
}

/** Text of a template's value: intrinsics that name the own account and partition become placeholders. */
export function text(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return String(value);
  if ('Fn::Join' in value && Array.isArray(value['Fn::Join'])) {
    const [delimiter, parts]: unknown[] = value['Fn::Join'];
    return Array.isArray(parts) ? parts.map(text).join(String(delimiter)) : '';
  }
  if ('Ref' in value) return value.Ref === 'AWS::AccountId' ? '111111111111' : value.Ref === 'AWS::Partition' ? 'aws' : `<${value.Ref}>`;
  return JSON.stringify(value);
}

export function list(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).map(text);
}

/** Every statement that bears on a role: its own policies. The boundary is looked at apart. */
export function statementsOfRole(template: Template, role: string): Statement[] {
  return Object.values(resourcesOf(template, 'AWS::IAM::Policy'))
    .filter(({ Properties }) => JSON.stringify(Properties.Roles).includes(`{"Ref":"${role}"}`))
    .flatMap(({ Properties }) => (Properties.PolicyDocument as { Statement: Statement[] }).Statement);
}

/** IAM's rule: a deny that matches wins, an allow that matches is needed. Conditions on keys that the request does not have do not match. */
export function allows(statements: readonly Statement[], request: Request): boolean {
  const matching = statements.filter((statement) => matches(statement, request));
  return matching.every(({ Effect }) => Effect === 'Allow') && matching.some(({ Effect }) => Effect === 'Allow');
}

function matches(statement: Statement, { action, resource, context = {} }: Request): boolean {
  return (
    list(statement.Action).some((pattern) => like(pattern, action)) &&
    (statement.Resource === undefined || list(statement.Resource).some((pattern) => like(pattern, resource))) &&
    Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
      Object.entries(keys).every(([key, wanted]) => holds(operator, context[key], list(wanted))),
    )
  );
}

function holds(operator: string, value: string | undefined, wanted: string[]): boolean {
  switch (operator) {
    case 'StringEquals':
    case 'ArnEquals':
    case 'ArnLike':
    case 'ForAllValues:StringEquals':
      return value !== undefined && wanted.some((pattern) => like(pattern, value));
    case 'StringNotEquals':
    case 'ArnNotLike':
      return value === undefined || !wanted.some((pattern) => like(pattern, value));
    case 'Bool':
      return wanted.includes(value ?? 'true');
    default:
      throw new Error(`this evaluation does not know the operator ${operator}`);
  }
}

function like(pattern: string, value: string): boolean {
  const escaped = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`).test(value);
}
