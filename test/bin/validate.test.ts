import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { reportOn } from '../../bin/commands/validate.ts';
import { ConfigError, loadConfig } from '../../bin/load-config.ts';
import { example } from '../core/config/example.ts';
import { brokenFiles } from './broken-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'evenkeel-validate-'));
afterAll(() => rmSync(folder, { recursive: true }));

function written(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

describe('evenkeel validate', () => {
  it.each(brokenFiles)('says exactly what is wrong: $name', async ({ name, break: breakIt, says }) => {
    const config = example();
    breakIt(config);
    const fileName = name.replaceAll(/\W+/g, '-');
    for (const file of [written(`${fileName}.yaml`, stringify(config)), written(`${fileName}.json`, JSON.stringify(config))]) {
      const { ok, text } = await reportOn(file);
      expect(ok).toBe(false);
      const blocks = says.map(
        ([path, received, problem, remedy]) => `  ${path}\n    received  ${received}\n    problem   ${problem}\n    remedy    ${remedy}\n`,
      );
      expect(text).toBe(`${file} has ${says.length} problem${says.length === 1 ? '' : 's'}:\n\n${blocks.join('\n')}`);
    }
  });

  it('reads TypeScript, YAML and JSON and says what they mean', async () => {
    const text = JSON.stringify(example());
    const files = [written('good.ts', `export default ${text};`), written('good.yaml', stringify(example())), written('good.json', text)];
    const reports = await Promise.all(files.map(reportOn));
    expect(reports.map(({ ok }) => ok)).toEqual([true, true, true]);
    expect(new Set(reports.map((report) => report.text)).size).toBe(1);
  });

  it('tells numbers that are none from null', async () => {
    const config = stringify(example())
      .replace(/timeoutMs: \d+/, '')
      .replace(/kind: http\n/, 'kind: http\n        timeoutMs: .nan\n        weight: -.inf\n');
    const { text } = await reportOn(written('no-numbers.yaml', config));
    expect(text).toContain('timeoutMs\n    received  NaN\n    problem   must be a number, not NaN');
    expect(text).toContain('weight\n    received  -Infinity\n    problem   must be a number, not minus infinity');
  });

  it('explains the shipped file', async () => {
    const { ok, text } = await reportOn('./evenkeel.config.ts');
    expect(ok).toBe(true);
    const sentences = text.replaceAll(/\s+/g, ' ');
    for (const sentence of [
      'shop runs in three regions: us-east-1, eu-west-1 and us-west-2.',
      'checkout is a tier 1 service of checkout-team@example.com; it needs payments and aws-dynamodb.',
      'A region is impaired when 2 of 3 regions agree; its own word never decides alone.',
      '- from us-east-1 to eu-west-1 or us-west-2',
      'A region answers while at least 1 of 2 children of its health check are healthy.',
      'on-call@example.com is paged at the latest 5 min after an incident opens, unless the recovery is verified by then.',
      '- region-impaired: failover → page',
      'One traffic group in three regions: 9 of the 200 Route 53 health checks that the account allows.',
    ]) {
      expect(sentences).toContain(sentence);
    }
  });

  it('says that nobody is paged when nobody is', async () => {
    const { text } = await reportOn(written('silent.json', JSON.stringify(example())));
    expect(text).toContain('Nobody is paged: notifications.page is empty.');
  });

  it.each([
    ['missing.yaml', undefined, 'there is no file'],
    ['notes.txt', 'name: shop', 'a configuration is a .ts, .js, .yaml, .yml or .json file'],
    ['torn.json', '{"name": ', 'is not JSON'],
    ['torn.yaml', 'name: [shop\nregions: ]', 'is not YAML'],
    ['twice.yaml', 'name: shop\nname: shop', 'Map keys must be unique'],
    ['round.yaml', 'name: &shop\n  shop: *shop', 'is not plain data'],
    ['bare.ts', 'export const config = {};', 'exports no default; write: export default defineConfig({ … })'],
    ['thrown.ts', 'throw new Error("no such secret");\nexport default {};', 'no such secret'],
  ])('refuses %s, which cannot be read, with a message', async (name, text, message) => {
    const file = text === undefined ? join(folder, name) : written(name, text);
    await expect(reportOn(file)).rejects.toThrow(message);
  });

  it('hands other commands the configuration or one error with all problems', async () => {
    expect((await loadConfig()).name).toBe('shop');
    const config = { ...example(), moode: 'act', name: 'Shop' };
    const refused = loadConfig(written('two.json', JSON.stringify(config)));
    await expect(refused).rejects.toThrow(ConfigError);
    await expect(refused).rejects.toThrow('has 2 problems');
  });

  it('ends with exit code 1 on a broken file and 0 on a good one', async () => {
    const run = (file: string) =>
      promisify(execFile)(process.execPath, ['bin/evenkeel.ts', 'validate', '--config', file]).then(
        ({ stdout }) => ({ code: 0, stdout }),
        (error: { code: number; stdout: string }) => ({ code: error.code, stdout: error.stdout }),
      );
    expect(await run('evenkeel.config.ts')).toMatchObject({ code: 0, stdout: expect.stringContaining('What is watched') });
    expect(await run(written('empty.yaml', ''))).toMatchObject({ code: 1, stdout: expect.stringContaining('the file is empty') });
  });
});
