import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Plugin, PluginBuild } from 'esbuild';

/** Where a name that a barrel exports really comes from. */
interface Origin {
  file: string;
  name: string;
}

const importLine = /^import \{([^}]*)\} from ["']([^"']+)["'];?$/gm;
const exportLine = /^export \{([^}]*)\} from ["']([^"']+)["'];?$/gm;
const exportAllLine = /^export \* from ["']([^"']+)["'];?$/gm;
const declared = /^export (?:async )?(?:const|let|var|function\*?|class) (\w+)/gm;

/**
 * Points imports of the SDK's barrels (`@smithy/core/protocols`) at the files behind them. esbuild splits by file, and what a barrel
 * reaches counts as reached: without this everything that is loaded on demand drags its half of the SDK into the first load.
 */
export function flattenBarrels(): Plugin {
  return {
    name: 'flatten-barrels',
    setup(build) {
      const origins = new Map<string, Promise<Map<string, Origin>>>();
      build.onLoad({ filter: /node_modules\/(@smithy|@aws-sdk)\/.*\/dist-es\/.*\.js$/ }, async ({ path }) => {
        const source = await readFile(path, 'utf8');
        return { contents: await flattened(build, origins, path, source), loader: 'js' };
      });
    },
  };
}

async function flattened(
  build: PluginBuild,
  origins: Map<string, Promise<Map<string, Origin>>>,
  path: string,
  source: string,
): Promise<string> {
  let out = source;
  for (const [line, names = '', from = ''] of source.matchAll(importLine)) {
    const target = await resolved(build, path, from);
    if (target === null || basename(target) !== 'index.js') continue;
    const known = await originsOf(build, origins, target);
    const direct = items(names).map(({ name, as }) => {
      const origin = known.get(name);
      return `import { ${origin?.name ?? name} as ${as} } from ${JSON.stringify(origin?.file ?? from)};`;
    });
    out = out.replace(line, direct.join('\n'));
  }
  return out;
}

function originsOf(build: PluginBuild, origins: Map<string, Promise<Map<string, Origin>>>, file: string): Promise<Map<string, Origin>> {
  const known = origins.get(file) ?? readOrigins(build, origins, file);
  origins.set(file, known);
  return known;
}

async function readOrigins(
  build: PluginBuild,
  origins: Map<string, Promise<Map<string, Origin>>>,
  file: string,
): Promise<Map<string, Origin>> {
  const source = await readFile(file, 'utf8');
  const found = new Map<string, Origin>();
  for (const [, from = ''] of source.matchAll(exportAllLine)) {
    const target = await resolved(build, file, from);
    if (target === null) continue;
    for (const [name, origin] of await originsOf(build, origins, target)) found.set(name, origin);
  }
  for (const [, names = '', from = ''] of source.matchAll(exportLine)) {
    const target = await resolved(build, file, from);
    if (target === null) continue;
    const behind = basename(target) === 'index.js' ? await originsOf(build, origins, target) : new Map<string, Origin>();
    for (const { name, as } of items(names)) found.set(as, behind.get(name) ?? { file: target, name });
  }
  for (const [, name = ''] of source.matchAll(declared)) found.set(name, { file, name });
  return found;
}

const resolutions = new Map<string, Promise<string | null>>();

/** Cached, since ten builds ask the same thousands of questions. */
function resolved(build: PluginBuild, importer: string, from: string): Promise<string | null> {
  const folder = dirname(importer);
  // A package resolves alike from everywhere in the SDK but for nested copies, which the importer's own package tells apart.
  const key = from.startsWith('.') ? join(folder, from) : `${importer.slice(0, importer.lastIndexOf('/dist-es/'))} ${from}`;
  const known = resolutions.get(key) ?? resolve(build, folder, from);
  resolutions.set(key, known);
  return known;
}

async function resolve(build: PluginBuild, resolveDir: string, from: string): Promise<string | null> {
  if (from.startsWith('node:')) return null;
  const { path, errors, external } = await build.resolve(from, { kind: 'import-statement', resolveDir });
  return errors.length > 0 || external || !path.endsWith('.js') ? null : path;
}

function items(list: string): { name: string; as: string }[] {
  return list
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
    .map((item) => {
      const [name = '', as = name] = item.split(/\s+as\s+/);
      return { name, as };
    });
}
