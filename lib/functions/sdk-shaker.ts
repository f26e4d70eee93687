import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';

/** Modelled error classes that the adapters test with instanceof. Of every other error, the name and message stay. */
const errorClassesKept = ['ConditionalCheckFailedException', 'TransactionCanceledException', 'ExecutionDoesNotExist'];

/**
 * Modules that no function of ours ever enters, though bundlers must keep them: event streams, bodies that are read as streams, user agents, a
 * SHA-256 for hosts without node:crypto, EC2's metadata service, the adaptive retry mode, and zod's way to JSON Schema. Each becomes a
 * module with the same exports that throw when called.
 */
const neverEntered = [
  /@smithy\/core\/dist-es\/submodules\/event-streams\/index\.js$/,
  /@smithy\/core\/dist-es\/submodules\/serde\/util-stream\/sdk-stream-mixin(\.browser)?\.js$/,
  /@smithy\/core\/dist-es\/submodules\/checksum\/sha256\/Sha256Js\.js$/,
  /@smithy\/core\/dist-es\/submodules\/config\/config-resolver\/regionConfig\/getInstanceMetadataRegion\.js$/,
  /@smithy\/core\/dist-es\/submodules\/retry\/util-retry\/(AdaptiveRetryStrategy|DefaultRateLimiter)\.js$/,
  /@aws-sdk\/core\/dist-es\/submodules\/client\/util-user-agent-browser\/.*\.js$/,
  /zod\/v4\/core\/(json-schema-processors|to-json-schema)\.js$/,
];
/** Commands of clients that every function has, which only an adapter that is loaded on demand sends: their schemas are loaded with them. */
const sentOnDemand = /\/client-dynamodb\/dist-es\/commands\/DescribeTableCommand\.js$/;
/** Lambda has no files of profiles. */
const sharedFiles = /@smithy\/core\/dist-es\/submodules\/config\/shared-ini-file-loader\/loadSharedConfigFiles\.js$/;

/**
 * Lets esbuild drop from SDK clients what no command of ours uses: the schema files of v3 have computed keys and registrations at
 * module level, which count as side effects and keep everything (776 KB instead of 323 KB for twelve clients).
 * Also replaces the default credential chain with the one that Lambda has.
 */
export function shakeSdk(credentialsModule: string): Plugin {
  return {
    name: 'shake-sdk',
    setup(build) {
      build.onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, () => ({ path: credentialsModule }));
      // Of all providers we use one; the package's index would bring SSO, Cognito and their clients along.
      build.onResolve({ filter: /^@aws-sdk\/credential-providers$/ }, async ({ path, kind, resolveDir, pluginData }) => {
        if (pluginData === 'inner') return undefined;
        const index = await build.resolve(path, { kind, resolveDir, pluginData: 'inner' });
        return { path: join(dirname(index.path), 'fromTemporaryCredentials.js') };
      });
      // esbuild splits by file: with a file of their own these need not lie beside what a cold start loads.
      build.onResolve({ filter: /\/schemas_0$/ }, ({ path, importer, resolveDir }) =>
        sentOnDemand.test(importer) ? { path: join(resolveDir, `${path}.js`), suffix: '?on-demand' } : undefined,
      );
      build.onLoad(
        { filter: /@aws-sdk\/(client-[a-z0-9-]+\/dist-es|nested-clients\/dist-es\/submodules\/[a-z-]+)\/schemas\/schemas_0\.js$/ },
        async ({ path }) => ({
          contents: shakeable(await readFile(path, 'utf8')),
          loader: 'js',
        }),
      );
      // A client reads its version from its own package.json: the rest of it is a kilobyte or two each.
      build.onLoad({ filter: /@aws-sdk\/client-[a-z0-9-]+\/package\.json$/ }, async ({ path }) => {
        const { version }: { version: string } = JSON.parse(await readFile(path, 'utf8'));
        return { contents: JSON.stringify({ version }), loader: 'json' };
      });
      build.onLoad({ filter: sharedFiles }, () => ({
        contents:
          "export const CONFIG_PREFIX_SEPARATOR = '.'; export const loadSharedConfigFiles = async () => ({ configFile: {}, credentialsFile: {} });",
        loader: 'js',
      }));
      // Global endpoints of EventBridge and S3 are signed for several regions; ours are regional, and signed as everything else.
      build.onLoad({ filter: /@aws-sdk\/signature-v4-multi-region\/dist-es\/SignatureV4MultiRegion\.js$/ }, () => ({
        contents:
          "import { SignatureV4 } from '@smithy/signature-v4'; export class SignatureV4MultiRegion extends SignatureV4 { static sigv4aDependency() { return 'none'; } }",
        loader: 'js',
      }));
      // Endpoint discovery is off unless asked for; its cache brings a library of collections along.
      build.onLoad({ filter: /@aws-sdk\/endpoint-cache\/dist-es\/.*\.js$/ }, () => ({
        contents: 'export class EndpointCache { get() {} set() {} delete() {} has() { return false; } clear() {} }',
        loader: 'js',
      }));
      for (const filter of neverEntered) {
        build.onLoad({ filter }, async ({ path }) => ({ contents: hollow(await readFile(path, 'utf8')), loader: 'js' }));
      }
    },
  };
}

/** `{ [_k]: 1 }` with `const _k = "key"` becomes `{ "key": 1 }`, and registrations of error classes that nobody asks for go. */
export function shakeable(schemas: string): string {
  const names = new Map([...schemas.matchAll(/^const (_\w+) = ("[^"\n]*");$/gm)].map(([, name, text]) => [name ?? '', text ?? '']));
  return schemas
    .replaceAll(/\[(_\w+)\]:/g, (whole, name: string) => (names.has(name) ? `${names.get(name)}:` : whole))
    .replaceAll(/^n\d_registry\.registerError\(\w+\$, (\w+)\);\n/gm, (whole, error: string) =>
      errorClassesKept.includes(error) ? whole : '',
    );
}

/** A module with the same exported names, each a function that gives a function that throws. */
export function hollow(source: string): string {
  const declared = [...source.matchAll(/^export (?:const|function|class) (\w+)/gm)].map(([, name]) => name);
  const listed = [...source.matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, list = '']) =>
    list.split(',').map((item) =>
      item
        .trim()
        .split(/\s+as\s+/)
        .at(-1),
    ),
  );
  const names = [...declared, ...listed].filter((name) => name !== undefined && name !== '');
  return [
    "const absent = () => () => { throw new Error('left out of the bundle: lib/functions/sdk-shaker.ts'); };",
    `export { ${names.map((name) => `absent as ${name}`).join(', ')} };`,
  ].join('\n');
}
