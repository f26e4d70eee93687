import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { type FunctionName, functionNames } from '../../core/model/index.ts';
import { flattenBarrels } from './flatten-barrels.ts';
import { shakeSdk } from './sdk-shaker.ts';

/** Some dependency of the SDK may still call require: an ESM bundle has none unless it makes one. */
const banner = "import{createRequire as evenkeelRequire}from'node:module';const require=evenkeelRequire(import.meta.url);";

/**
 * Bundles every function into `outDir/<name>/index.mjs`: ESM, minified, SDK included, so that what is tested is what is deployed.
 * What is imported on demand (lambdas/runtime/lazy.ts) lies beside it in `chunks/`.
 * @param root the folder that holds lambdas/
 */
export async function buildBundles(
  root: string,
  outDir: string,
  names: readonly FunctionName[] = functionNames,
): Promise<Record<string, Metafile>> {
  const built = await Promise.all(names.map(async (name) => [name, await buildBundle(root, name, join(outDir, name))] as const));
  return Object.fromEntries(built);
}

async function buildBundle(root: string, name: FunctionName, outdir: string): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [{ in: join(root, 'lambdas', name, 'handler.ts'), out: 'index' }],
    outdir,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: { js: banner },
    legalComments: 'none',
    metafile: true,
    logLevel: 'error',
    // The first that takes a file has it: what the shaker replaces needs no flattening.
    plugins: [shakeSdk(join(root, 'lambdas', 'runtime', 'environment-credentials.ts')), flattenBarrels()],
  });
  return metafile;
}
