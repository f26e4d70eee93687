import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { portActions } from './port-actions.ts';
import { type Rights, type RoleName, rights } from './rights.ts';
import { type Place, type Reach, type Scope, scopes } from './scopes.ts';

/** One action on one scope, and the port's method that needs it. */
export interface Need {
  scope: Scope;
  action: string;
  method: string;
}

/** A statement of a role; `broad` says why its resources end in a wildcard where they do. */
export interface Grant {
  statement: PolicyStatement;
  resources: readonly string[];
  broad?: string;
}

/** Everything that a role's rights come down to. */
export function needsOf(name: RoleName): Need[] {
  return portsOf(rights[name]).flatMap(([port, methods]) =>
    methods.flatMap((method) => {
      const actions = portActions[port][method];
      if (actions === undefined) throw new Error(`lib/permissions/port-actions.ts does not say what ${port}.${method} calls`);
      return entries(actions).flatMap(([scope, list]) => list.map((action): Need => ({ scope, action, method: `${port}.${method}` })));
    }),
  );
}

/** What a role allows. A scope that the configuration leaves empty (no Auto Scaling group, say) gives no statement. */
export function grantsOf(role: RoleName, place: Omit<Place, 'role'>): Grant[] {
  const byScope = new Map<Scope, Set<string>>();
  for (const { scope, action } of needsOf(role)) byScope.set(scope, (byScope.get(scope) ?? new Set()).add(action));
  return [...byScope].flatMap(([scope, actions]): Grant[] => {
    const { conditions, broad, ...reach }: Reach = scopes[scope]({ ...place, role });
    const resources = [...new Set(reach.resources)];
    if (resources.length === 0) return [];
    const statement = new PolicyStatement({
      effect: Effect.ALLOW,
      actions: [...actions].sort(),
      resources,
      ...(conditions !== undefined && { conditions }),
    });
    return [{ statement, resources, ...(broad !== undefined && { broad }) }];
  });
}

function portsOf(given: Rights): [keyof Rights, readonly string[]][] {
  // Object.entries forgets the keys' type; they are those of Rights.
  return Object.entries(given) as [keyof Rights, readonly string[]][];
}

function entries(actions: Partial<Record<Scope, readonly string[]>>): [Scope, readonly string[]][] {
  return Object.entries(actions) as [Scope, readonly string[]][];
}
