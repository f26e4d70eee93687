import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');

/** One wrong import per row of the folder table (DESIGN §3), and per thing that it must not reach. */
const planted: Plant[] = [
  { file: 'core/model/planted.ts', line: "import { x } from '../ports/index.ts';" },
  { file: 'core/model/planted.ts', line: "import { x } from 'node:fs';" },
  { file: 'core/ports/planted.ts', line: "import { x } from '../plan/plan.ts';" },
  { file: 'core/config/planted.ts', line: "import { x } from '../analyze/quorum.ts';" },
  { file: 'core/knowledge/planted.ts', line: "import { x } from '../execute/undo.ts';" },
  { file: 'core/probe/planted.ts', line: "import { x } from '../analyze/quorum.ts';" },
  { file: 'core/analyze/planted.ts', line: "import { x } from '../plan/plan.ts';" },
  { file: 'core/analyze/planted.ts', line: "import { x } from '@aws-sdk/client-ecs';" },
  { file: 'core/plan/planted.ts', line: "import { x } from '../execute/undo.ts';" },
  { file: 'core/execute/planted.ts', line: "import { x } from '../../adapters/memory/store.ts';" },
  { file: 'core/learn/planted.ts', line: "import { x } from '../plan/plan.ts';" },
  { file: 'adapters/aws/planted.ts', line: "import { x } from '../../core/execute/undo.ts';" },
  { file: 'adapters/node/planted.ts', line: "import { x } from '@aws-sdk/client-ecs';" },
  { file: 'adapters/memory/planted.ts', line: "import { x } from 'node:fs';" },
  { file: 'adapters/augurs/planted.ts', line: "import { x } from '../../core/plan/plan.ts';" },
  { file: 'lambdas/probe/planted.ts', line: "import { x } from '../../adapters/memory/store.ts';" },
  { file: 'lambdas/probe/planted.ts', line: "import { x } from 'aws-cdk-lib';" },
  { file: 'lib/planted.ts', line: "import { x } from '@aws-sdk/client-ecs';" },
  { file: 'lib/planted.ts', line: "import { x } from '../core/plan/plan.ts';" },
  { file: 'simulator/planted.ts', line: "import { x } from 'node:fs';" },
  { file: 'simulator/planted.ts', line: "import { x } from '../adapters/aws/store.ts';" },
  { file: 'simulator/live/planted.ts', line: "import { x } from '@aws-sdk/client-ecs';" },
  { file: 'dashboard/planted.ts', line: "import { x } from '../core/plan/plan.ts';" },
];

/** What pure code may not touch without an import. */
const globals: Plant[] = [
  { file: 'core/plan/planted.ts', line: 'export const x = Date.now();' },
  { file: 'core/analyze/planted.ts', line: 'export const x = process.env;' },
  { file: 'simulator/world/planted.ts', line: 'export const x = setTimeout;' },
  { file: 'adapters/memory/planted.ts', line: 'export const x = fetch;' },
];

interface Plant {
  file: string;
  line: string;
}

/** Plants every line in a file of its own below a copy of the rules and lints them all in one go: what is said of each file. */
function lintAll(plants: readonly Plant[]): Map<Plant, string> {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-planted-'));
  try {
    const { files: _, ...rules } = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8')) as Record<string, unknown>;
    writeFileSync(join(folder, 'biome.json'), JSON.stringify(rules));
    const paths = plants.map(({ file }, index) => file.replace('planted', `planted-${index}`));
    for (const [index, { line }] of plants.entries()) {
      const path = join(folder, paths[index] ?? '');
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, `${line}\nexport const y = 1;\n`);
    }
    const run = spawnSync(join(root, 'node_modules/.bin/biome'), ['lint', '--max-diagnostics=none', '--colors=off', '.'], {
      cwd: folder,
      encoding: 'utf8',
    });
    const said = `${run.stdout}${run.stderr}`.split('\n').filter((line) => line.includes(' lint/'));
    return new Map(plants.map((plant, index) => [plant, said.filter((line) => line.startsWith(paths[index] ?? '-')).join('\n')]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('the import table', () => {
  const allowed: Plant = { file: 'core/plan/planted.ts', line: "export { ok } from '../model/index.ts';" };
  const said = lintAll([...planted, ...globals, allowed]);

  it.each(planted)('refuses in $file: $line', (plant) => {
    expect(said.get(plant)).toContain('noRestrictedImports');
  });

  it.each(globals)('refuses in $file: $line', (plant) => {
    expect(said.get(plant)).toContain('noRestrictedGlobals');
  });

  it('lets the right imports through', () => {
    expect(said.get(allowed)).not.toContain('noRestricted');
  });
});
