import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { machineKinds, machineNames, targetOf, tokensOf } from '../../lib/execute/machine-kinds.ts';
import { type Resource, resourcesOf, synthesised, worldOf } from './synthesised.ts';

const folder = join(import.meta.dirname, '..', '..', 'state-machines');
const files = globSync('*.asl.json', { cwd: folder }).map((file) => basename(file, '.asl.json'));
const template = synthesised(worldOf(3))['evenkeel-world-us-east-1'];
if (template === undefined) throw new Error('there is no region stack');
const machines = Object.entries(resourcesOf(template, 'AWS::StepFunctions::StateMachine'));

function machineNamed(name: string): [string, Resource] {
  const found = machines.find(([, { Properties }]) => Properties.StateMachineName === `evenkeel-world-${name}`);
  if (found === undefined) throw new Error(`${name} has no construct`);
  return found;
}

/** What the policies of a machine's role allow, as one text: enough to look for an ARN in. */
function allowed(machine: Resource): string {
  const role = (machine.Properties.RoleArn as { 'Fn::GetAtt': [string, string] })['Fn::GetAtt'][0];
  const policies = Object.values(resourcesOf(template ?? never(), 'AWS::IAM::Policy'));
  return JSON.stringify(policies.filter(({ Properties }) => JSON.stringify(Properties.Roles).includes(`"${role}"`)));
}

function never(): never {
  throw new Error('there is no template');
}

describe('state machines', () => {
  test('every file has a construct, and every construct its file', () => {
    expect(new Set(machineNames.map((name) => machineKinds[name].file))).toEqual(new Set(files));
    expect(machines).toHaveLength(machineNames.length);
  });

  test.each(machineNames)('%s: the tokens of its file are what the template puts in, and each has a grant', (name) => {
    const text = readFileSync(join(folder, `${machineKinds[name].file}.asl.json`), 'utf8');
    const [, machine] = machineNamed(name);
    const substitutions = machine.Properties.DefinitionSubstitutions as Record<string, unknown>;
    expect(Object.keys(substitutions).sort()).toEqual(tokensOf(text));
    const policies = allowed(machine);
    for (const value of Object.values(substitutions)) expect(policies).toContain(JSON.stringify(value));
  });

  test('the shift runs in the functions that may change weights, and so does its undo; nothing else does', () => {
    const usesWeights = machineNames.filter((name) =>
      tokensOf(readFileSync(join(folder, `${machineKinds[name].file}.asl.json`), 'utf8')).some((token) =>
        targetOf(token, name).name.endsWith('-weights'),
      ),
    );
    expect(usesWeights).toEqual(['shift', 'undo-weights']);
  });

  test('a token that nothing stands for is refused', () => {
    expect(() => targetOf('TeleportFunctionArn', 'failover')).toThrow(/does not know/);
  });

  test('every machine is a standard one with logs and traces', () => {
    for (const [, { Properties }] of machines) {
      expect(Properties).toMatchObject({ StateMachineType: 'STANDARD', TracingConfiguration: { Enabled: true } });
      expect(Properties.LoggingConfiguration).toMatchObject({ Level: 'ALL', IncludeExecutionData: false });
    }
  });
});
