import type { DeployedFunction } from '../functions/catalogue.ts';

/** How one file of state-machines/ is deployed. */
interface MachineKind {
  /** The file, without its ending. */
  file: string;
  /** `weights`: its steps run in the functions that may change record weights, and its undo in those, too. */
  reach: 'data-plane' | 'weights';
}

/** Every machine of a region. A file that is not here, and a machine without its file, fail a test. */
export const machineKinds = {
  respond: { file: 'respond', reach: 'data-plane' },
  failover: { file: 'failover', reach: 'data-plane' },
  failback: { file: 'failback', reach: 'data-plane' },
  shift: { file: 'shift', reach: 'weights' },
  scale: { file: 'scale', reach: 'data-plane' },
  restart: { file: 'restart', reach: 'data-plane' },
  rollback: { file: 'rollback', reach: 'data-plane' },
  rollout: { file: 'rollout', reach: 'data-plane' },
  script: { file: 'script', reach: 'data-plane' },
  undo: { file: 'undo', reach: 'data-plane' },
  'undo-weights': { file: 'undo', reach: 'weights' },
} as const satisfies Record<string, MachineKind>;

export type MachineName = keyof typeof machineKinds;
export const machineNames = Object.keys(machineKinds) as MachineName[];

/** What a token of a machine's file stands for: `${StepApplyFunctionArn}`, `${UndoMachineArn}`. */
export type TokenTarget = { kind: 'function'; name: DeployedFunction } | { kind: 'machine'; name: MachineName };

const functionTokens: Record<string, Record<MachineKind['reach'], DeployedFunction>> = {
  PlanFunctionArn: { 'data-plane': 'plan', weights: 'plan' },
  LearnFunctionArn: { 'data-plane': 'learn', weights: 'learn' },
  StepApplyFunctionArn: { 'data-plane': 'step-apply', weights: 'step-apply-weights' },
  StepVerifyFunctionArn: { 'data-plane': 'step-verify', weights: 'step-verify-weights' },
  StepUndoFunctionArn: { 'data-plane': 'step-undo', weights: 'step-undo-weights' },
};

/** Throws on a token that nothing stands for: the file would be deployed with the token in it. */
export function targetOf(token: string, machine: MachineName): TokenTarget {
  const { reach } = machineKinds[machine];
  const functions = functionTokens[token];
  if (functions !== undefined) return { kind: 'function', name: functions[reach] };
  const named = machineNames.find((name) => token === `${name.charAt(0).toUpperCase()}${name.slice(1)}MachineArn`);
  if (named === undefined)
    throw new Error(
      `state-machines/${machineKinds[machine].file}.asl.json has \${${token}}, which lib/execute/machine-kinds.ts does not know`,
    );
  return { kind: 'machine', name: named === 'undo' && reach === 'weights' ? 'undo-weights' : named };
}

/** The tokens of a definition, once each. */
export function tokensOf(definition: string): string[] {
  return [...new Set([...definition.matchAll(/\$\{(\w+)\}/g)].map(([, token]) => token ?? ''))].sort();
}
