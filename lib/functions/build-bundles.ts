import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { type FunctionName, functionNames } from '../../core/model/index.ts';
import { shakeSdk } from './sdk-shaker.ts';

/** Some dependency of the SDK may still call require: an ESM bundle has none unless it makes one. */
const banner = "import{createRequire as evenkeelRequire}from'node:module';const require=evenkeelRequire(import.meta.url);";

/**
 * Bundles every function into `outDir/<name>/index.mjs`: ESM, minified, SDK included, so that what is tested is what is deployed.
 * @param root the folder that holds lambdas/
 */
export async function buildBundles(root: string, outDir: string, names: readonly FunctionName[] = functionNames): Promise<Metafile> {
  await mkdir(outDir, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: names.map((name) => ({ in: join(root, 'lambdas', name, 'handler.ts'), out: `${name}/index` })),
    outdir: outDir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: { js: banner },
    legalComments: 'none',
    metafile: true,
    logLevel: 'error',
    plugins: [shakeSdk(join(root, 'lambdas', 'runtime', 'environment-credentials.ts'))],
  });
  return metafile;
}
