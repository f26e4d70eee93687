import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Accepts one finding of cdk-nag on one construct, with a reason that a stranger would accept. */
export function acknowledge(scope: IConstruct, id: string, reason: string): void {
  Validations.of(scope).acknowledge({ id, reason });
}

/** Accepts resources of allowed actions that have a wildcard in them, each with the reason why AWS takes nothing narrower. */
export function acknowledgeResources(scope: IConstruct, resources: readonly string[], reason: string): void {
  for (const resource of resources) {
    const text = flat(Stack.of(scope).resolve(resource));
    if (text.includes('*')) acknowledge(scope, `AwsSolutions-IAM5[Resource::${text}]`, reason);
  }
}

/** A resolved token as cdk-nag writes it: `arn:<AWS::Partition>:ecs:…`. */
function flat(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if ('Ref' in value) return `<${value.Ref}>`;
  if ('Fn::GetAtt' in value && Array.isArray(value['Fn::GetAtt'])) return `<${value['Fn::GetAtt'].join('.')}>`;
  if ('Fn::ImportValue' in value) return flat(value['Fn::ImportValue']);
  if ('Fn::Join' in value && Array.isArray(value['Fn::Join'])) {
    const [delimiter, parts]: unknown[] = value['Fn::Join'];
    return Array.isArray(parts) ? parts.map(flat).join(String(delimiter)) : '';
  }
  return JSON.stringify(value);
}
