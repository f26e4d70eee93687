import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { commands } from '../../bin/commands/index.ts';
import { reportFailure } from '../../bin/report-failure.ts';

/** What the command line says to a call that it refuses. */
async function refusal(call: string): Promise<string> {
  const program = new Command('evenkeel').exitOverride().configureOutput({ writeErr: () => {} });
  for (const command of commands) command(program);
  try {
    await program.parseAsync(call.split(' '), { from: 'user' });
    return 'it ran';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe('a call that would do something else than it says is refused:', () => {
  it.each([
    ['soak --seeds 0', '"0" is not a whole number of 1 or more'],
    ['soak --seeds 1e99', '"1e99" is not a whole number of 1 or more'],
    ['soak --workers 0', '"0" is not a whole number of 1 or more'],
    ['trials --every 0', '"0" is not a whole number of 1 or more'],
    ['simulate g1 --seed -1', '"-1" is not a whole number of 0 or more'],
    ['simulate', 'name a scenario, or say --all'],
    ['simulate g1 --all', '--all takes every shipped scenario as it is; leave out g1'],
    ['simulate --all --seed 0', '--all takes every shipped scenario as it is; leave out --seed'],
    ['simulate --all --report run.html', '--all takes every shipped scenario as it is; leave out --report'],
    ['deploy --from-nothing', '--from-nothing goes with --plan: alone it would deploy'],
    ['remove', 'this removes shop from 3 regions; say --confirm shop, or --plan to see the steps'],
    ['remove --confirm shops', 'this removes shop from 3 regions; say --confirm shop, or --plan to see the steps'],
    ['conformance hpa /nope.json', 'cannot read the case file "/nope.json"'],
    ['op drain checkout us-east-1', 'op drain asks for --reason'],
    ['op status --live http://198.51.100.1', 'is not on this machine; a live world listens on a loopback address'],
  ])('%s', async (call, words) => {
    expect(await refusal(call)).toContain(words);
  });
});

describe('a failure', () => {
  const printed: string[] = [];
  const spy = () => vi.spyOn(process.stderr, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
  afterEach(() => vi.restoreAllMocks());

  it('for want of credentials says how to have some', () => {
    spy();
    expect(reportFailure(Object.assign(new Error('nothing in the chain'), { name: 'CredentialsProviderError' }))).toBe(1);
    expect(printed.join('')).toContain('no AWS credentials were found (nothing in the chain); set AWS_PROFILE');
  });
});

describe('evenkeel', () => {
  const root = join(import.meta.dirname, '..', '..');
  const evenkeel = (option: string) => spawnSync(process.execPath, ['bin/evenkeel.ts', option], { cwd: root, encoding: 'utf8' });

  it('--version prints the version of package.json and nothing else', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(evenkeel('--version')).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('--help names --version', () => {
    expect(evenkeel('--help').stdout).toMatch(/^ +--version +print the version of evenkeel$/m);
  });
});
