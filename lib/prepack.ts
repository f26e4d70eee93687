import { execFileSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildBundles } from './functions/build-bundles.ts';

/**
 * What `npm pack` runs first: JavaScript with its types, the functions' bundles and the state machines into dist/.
 * Node strips no types below node_modules, so the package cannot ship the sources as they are.
 */
const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

rmSync(dist, { recursive: true, force: true });
execFileSync(join(root, 'node_modules', '.bin', 'tsc'), ['-p', 'tsconfig.build.json'], { cwd: root, stdio: ['ignore', 2, 2] });
await buildBundles(root, join(dist, 'bundles'));
cpSync(join(root, 'state-machines'), join(dist, 'state-machines'), { recursive: true });
cpSync(join(root, 'simulator', 'scenarios'), join(dist, 'simulator', 'scenarios'), {
  recursive: true,
  // Scenarios whose configuration is TypeScript need the sources.
  filter: (file) => !file.endsWith('.ts'),
});
