import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const { peerDependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
let project: string;
/** Why npm could not install: there is no registry here, which is no verdict on the package. */
let offline: string | null = null;

/** An empty CDK project into which npm installs the packed package, its dependencies and the CDK, as it would for a stranger. */
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'evenkeel-package-'));
  execFileSync('npm', ['pack', '--pack-destination', project, '--silent'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const [tarball = ''] = readdirSync(project);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'empty', version: '1.0.0', type: 'module', private: true }));
  const peers = Object.keys(peerDependencies).map((name) => `${name}@${devDependencies[name]}`);
  const { status, stderr } = spawnSync(
    'npm',
    ['install', '--no-audit', '--no-fund', '--prefer-offline', '--fetch-retries=1', `./${tarball}`, ...peers],
    { cwd: project, encoding: 'utf8', timeout: 150_000 },
  );
  if (status !== 0 && /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|ENOTCACHED/.test(stderr)) offline = stderr;
  else if (status !== 0) throw new Error(`npm install of the package ended with ${status}:\n${stderr}`);
  writeFileSync(
    join(project, 'app.mjs'),
    `import { App, Stack } from 'aws-cdk-lib';
import { Endpoint, RegionalProbe } from 'evenkeel';
const app = new App({ outdir: 'cdk.out' });
new RegionalProbe(new Stack(app, 'watch', { env: { region: 'eu-west-1' } }), 'front', { endpoints: [Endpoint.https('https://www.example.com/')] });
app.synth();
`,
  );
}, 240_000);

afterAll(() => rmSync(project, { recursive: true, force: true }));

describe('the packed package', () => {
  test('holds JavaScript with types, the bundles and the machines, and no TypeScript that Node would have to strip', ({ skip }) => {
    if (offline !== null) skip(`not run, for npm reached no registry: ${offline}`);
    const files = readdirSync(join(project, 'node_modules', 'evenkeel'), { recursive: true }).map(String);
    expect(files).toContain('dist/lib/index.js');
    expect(files).toContain('dist/lib/index.d.ts');
    expect(files).toContain('dist/bundles/probe/index.mjs');
    expect(files).toContain('dist/state-machines/failover.asl.json');
    expect(files.filter((file) => /(?<!\.d)\.ts$/.test(file))).toEqual([]);
  });

  test('synthesises in an empty CDK project', ({ skip }) => {
    if (offline !== null) skip(`not run, for npm reached no registry: ${offline}`);
    const { status, stderr } = spawnSync(process.execPath, ['app.mjs'], { cwd: project, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const template = JSON.parse(readFileSync(join(project, 'cdk.out', 'watch.template.json'), 'utf8'));
    const types = Object.values<{ Type: string }>(template.Resources).map(({ Type }) => Type);
    expect(types.filter((type) => type === 'AWS::Lambda::Function')).toHaveLength(13);
  });

  test('its command runs', ({ skip }) => {
    if (offline !== null) skip(`not run, for npm reached no registry: ${offline}`);
    const evenkeel = join(project, 'node_modules', '.bin', 'evenkeel');
    expect(execFileSync(process.execPath, [evenkeel, '--help'], { encoding: 'utf8' })).toContain('validate');
  });
});
