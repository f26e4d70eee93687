import { buildBundles } from './build-bundles.ts';

/** `node lib/functions/build-cli.ts ROOT OUT`: esbuild's plugins are asynchronous, and a construct's constructor is not. */
const [root, outDir] = process.argv.slice(2);
if (root === undefined || outDir === undefined) throw new Error('usage: build-cli.ts ROOT OUT');
await buildBundles(root, outDir);
