import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const skipped = new Set(['node_modules', '.git', 'cdk.out', 'dist', 'coverage', '.venv', '.cache']);

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    if (skipped.has(name) || name.startsWith('cdk.out')) return [];
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [relative(root, path)];
  });
}

const files = filesBelow(root);
const sources = files.filter((file) => file.endsWith('.ts') || file.endsWith('.mjs'));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** Every file that breaks a rule, so that one look shows them all. */
const offenders = (among: readonly string[], breaks: (text: string, file: string) => boolean): string[] =>
  among.filter((file) => breaks(read(file), file));

describe('the tree', () => {
  it('names its files in kebab-case', () => {
    expect(sources.filter((file) => !/^[a-z0-9.-]+$/.test(file.split('/').at(-1) ?? ''))).toEqual([]);
  });

  it('has no folder that collects what nobody placed', () => {
    expect(files.filter((file) => /(^|\/)(utils?|helpers?|common|misc)(\/|\.ts$)/.test(file))).toEqual([]);
  });

  it('formats and compares nothing by the rules of a place where a run must be the same everywhere', () => {
    const simulated = sources.filter((file) => /^(core|simulator|adapters\/memory)\//.test(file) && !file.startsWith('simulator/live/'));
    expect(simulated.length).toBeGreaterThan(300);
    expect(offenders(simulated, (text) => /\.(toLocale\w+|localeCompare)\(|\bIntl\./.test(text))).toEqual([]);
  });

  it('names no registry, whose hosts differ from machine to machine', () => {
    const hosts = new RegExp(
      [
        ['registry', 'npmjs', 'org'],
        ['files', 'pythonhosted'],
        ['pypi', 'org'],
      ]
        .map((parts) => parts.join('\\.'))
        .join('|'),
    );
    expect(
      offenders(
        files.filter((file) => /\.(ts|mjs|json|md|yaml|yml|sh)$/.test(file) || file === '.ci/run'),
        (text) => hosts.test(text),
      ),
    ).toEqual([]);
  });

  it('copies no reference data', () => {
    expect(
      files.filter((file) =>
        /combined_windows\.json|nab-score|probe-traffic\.mjs|two-sample-tests\.json|gatus-conditions\.json/.test(file),
      ),
    ).toEqual([]);
  });

  it('keeps functions off the wall: no source is longer than 500 lines', () => {
    const long = sources.filter((file) => !file.startsWith('test/') && read(file).split('\n').length > 500);
    expect(long).toEqual([]);
  });
});

describe('the sources', () => {
  const production = sources.filter((file) => !file.startsWith('test/'));
  const pure = production.filter((file) => /^(core|simulator|adapters\/memory)\//.test(file) && !file.startsWith('simulator/live/'));

  it('draw randomness and time from the ports alone where they are pure', () => {
    expect(
      offenders(pure, (text) => /\bMath\.random\(|\bnew Date\(\)|\bDate\.now\(|\bperformance\.now\(/.test(withoutComments(text))),
    ).toEqual([]);
  });

  it('hold no promise for later', () => {
    const words = new RegExp(`\\b(${['TO', 'DO'].join('')}|${['FIX', 'ME'].join('')}|${['X', 'XX'].join('')})\\b`);
    expect(offenders(sources, (text) => words.test(text))).toEqual([]);
  });

  it('skip and single out no test', () => {
    const marks = new RegExp(`\\b(it|describe|test)\\.(${['on', 'ly'].join('')}|${['sk', 'ip'].join('')}|${['to', 'do'].join('')})\\(`);
    expect(
      offenders(
        sources.filter((file) => file.startsWith('test/')),
        (text) => marks.test(text),
      ),
    ).toEqual([]);
  });

  it('import their relatives with the suffix .ts', () => {
    expect(
      offenders(
        sources.filter((file) => file.endsWith('.ts')),
        (text) => /from '\.{1,2}\/[^']*(?<!\.ts|\.mjs|\.json)';/.test(text),
      ),
    ).toEqual([]);
  });

  it('import zod as a namespace, which is 360 KB less in every function', () => {
    expect(offenders(production, (text) => /import \{[^}]*\} from 'zod'/.test(text))).toEqual([]);
  });
});

describe('the packages', () => {
  const manifest = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;

  it('are pinned exactly', () => {
    const loose = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
    );
    expect(loose).toEqual([]);
  });

  it('come without addresses in the lockfile', () => {
    expect(read('package-lock.json')).not.toContain('"resolved": "http');
  });
});

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
}
