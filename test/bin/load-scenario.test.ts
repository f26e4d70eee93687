import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadScenario, shippedScenarios } from '../../bin/load-scenario.ts';

const folder = mkdtempSync(join(tmpdir(), 'evenkeel-scenario-'));
afterAll(() => rmSync(folder, { recursive: true }));

const good = 'name: good\nsource: made\nminutes: 5\nexpect: { incidents: 0 }\n';

/** What a person is told who gives such a file; empty when it is taken. */
async function toldOf(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  writeFileSync(file, text);
  return loadScenario(file).then(
    () => '',
    (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message.replaceAll(folder, '')}` : String(error)),
  );
}

/** Nine levels of nine aliases each: 387 million values in 400 bytes. */
const bomb = Array.from({ length: 9 }, (_, level) => {
  const names = Array.from({ length: 9 }, () => (level === 0 ? 'x' : `*a${level - 1}`)).join(', ');
  return `a${level}: &a${level} [${names}]`;
}).join('\n');

describe('a scenario file', () => {
  it('is taken when it is well, and every shipped one is', async () => {
    expect(await toldOf('good.yaml', good)).toBe('');
    for (const name of shippedScenarios()) expect((await loadScenario(name)).scenario.name).toBe(name);
  });

  it.each([
    ['twice the same key', 'twice.yaml', `${good}minutes: 6\n`, 'twice.yaml is not YAML:\nMap keys must be unique'],
    ['aliases that multiply', 'bomb.yaml', `${good}${bomb}`, 'bomb.yaml is not YAML:\nExcessive alias count'],
    ['an alias of nothing', 'alias.yaml', `${good}note: *nothing\n`, 'alias.yaml is not YAML:\nUnresolved alias'],
    ['lists ten thousand deep', 'deep.yaml', `${good}faults: ${'['.repeat(10_000)}`, 'deep.yaml is not YAML:'],
    ['ten megabytes', 'large.yaml', `${good}note: ${'x'.repeat(10_000_000)}\n`, 'large.yaml has 9766 KB; a scenario has at most 512'],
    ['two documents', 'two.yaml', `${good}---\n${good}`, 'it holds several documents, divided by ---; a scenario is one'],
    ['letters of two bytes', 'utf16.yaml', [...good].join('\0'), 'utf16.yaml is no text in UTF-8; save it as UTF-8'],
    ['a tag that makes code', 'tag.yaml', `${good}note: !!js/function 'return 1'\nseed: -1\n`, 'seed: -1'],
    ['no numbers where numbers belong', 'nan.yaml', good.replace('minutes: 5', 'minutes: .nan'), 'minutes: NaN'],
    ['a length without end', 'inf.yaml', good.replace('minutes: 5', 'minutes: .inf'), 'minutes: Infinity'],
    ['nothing', 'empty.yaml', '', '(file): null'],
    ['bad JSON', 'bad.json', '{"name": ', 'bad.json is not JSON:'],
    ['a configuration that is not there', 'config.yaml', `${good}config: ./none.yaml\n`, 'there is no file'],
  ])('with %s is refused in words', async (_, name, text, told) => {
    expect(await toldOf(name, text)).toContain(told);
  });

  it('may come from another system, with its marks and line ends', async () => {
    expect(await toldOf('marked.yaml', `\u{feff}${good}`)).toBe('');
    expect(await toldOf('lines.yaml', good.replaceAll('\n', '\r\n'))).toBe('');
  });

  it('that is a folder is called one', async () => {
    await expect(loadScenario(folder)).rejects.toThrow(/cannot be read \(it is a folder\); give a file/);
  });

  it('with thousands of problems shows the first and counts the others', async () => {
    const fault = '  - { at: 1, kind: load, where: { service: nobody } }\n';
    const told = await toldOf('many.yaml', `${good}faults:\n${fault.repeat(3_000)}`);
    expect(told).toContain('has 3000 problems');
    expect(told.split('\n')).toHaveLength(52);
    expect(told).toMatch(/and 2950 more: mend these first$/);
  });

  it('that is not there is answered with what there is', async () => {
    await expect(loadScenario('region-dwn')).rejects.toThrow(/there is no scenario "region-dwn"; shipped are .*region-down/);
  });
});
