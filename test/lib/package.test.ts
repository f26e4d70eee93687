import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
let project: string;

/** An empty CDK project with the packed package unpacked into it; what it depends on is lent from here instead of downloaded again. */
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'evenkeel-package-'));
  execFileSync('npm', ['pack', '--pack-destination', project, '--silent'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const [tarball = ''] = readdirSync(project);
  const modules = join(project, 'node_modules');
  mkdirSync(modules);
  execFileSync('tar', ['-xzf', join(project, tarball), '-C', modules]);
  execFileSync('mv', [join(modules, 'package'), join(modules, 'evenkeel')]);
  for (const name of ['aws-cdk-lib', 'constructs', 'zod', 'yaml', 'commander'])
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  writeFileSync(
    join(project, 'app.mjs'),
    `import { App, Stack } from 'aws-cdk-lib';
import { Endpoint, RegionalProbe } from 'evenkeel';
const app = new App({ outdir: 'cdk.out' });
new RegionalProbe(new Stack(app, 'watch', { env: { region: 'eu-west-1' } }), 'front', { endpoints: [Endpoint.https('https://www.example.com/')] });
app.synth();
`,
  );
}, 180_000);

afterAll(() => rmSync(project, { recursive: true, force: true }));

describe('the packed package', () => {
  test('holds JavaScript with types, the bundles and the machines, and no TypeScript that Node would have to strip', () => {
    const files = readdirSync(join(project, 'node_modules', 'evenkeel'), { recursive: true }).map(String);
    expect(files).toContain('dist/lib/index.js');
    expect(files).toContain('dist/lib/index.d.ts');
    expect(files).toContain('dist/bundles/probe/index.mjs');
    expect(files).toContain('dist/state-machines/failover.asl.json');
    expect(files.filter((file) => /(?<!\.d)\.ts$/.test(file))).toEqual([]);
  });

  test('synthesises in an empty CDK project', () => {
    const { status, stderr } = spawnSync(process.execPath, ['app.mjs'], { cwd: project, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const template = JSON.parse(readFileSync(join(project, 'cdk.out', 'watch.template.json'), 'utf8'));
    const types = Object.values<{ Type: string }>(template.Resources).map(({ Type }) => Type);
    expect(types.filter((type) => type === 'AWS::Lambda::Function')).toHaveLength(13);
  });

  test('its command runs', () => {
    const evenkeel = join(project, 'node_modules', 'evenkeel', 'dist', 'bin', 'evenkeel.js');
    expect(existsSync(evenkeel)).toBe(true);
    expect(execFileSync(process.execPath, [evenkeel, '--help'], { encoding: 'utf8' })).toContain('validate');
  });
});
