import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/** Clients whose modelled error classes the adapters test with instanceof. Of the others, the name and message stay. */
const clientsWithErrorClasses = ['dynamodb', 'sfn'];

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
      build.onLoad({ filter: /client-[a-z0-9-]+\/dist-es\/schemas\/schemas_0\.js$/ }, async ({ path }) => ({
        contents: shakeable(await readFile(path, 'utf8'), keepsErrorClasses(path)),
        loader: 'js',
      }));
      // A client reads its version from its own package.json: the rest of it is a kilobyte or two each.
      build.onLoad({ filter: /@aws-sdk\/client-[a-z0-9-]+\/package\.json$/ }, async ({ path }) => {
        const { version }: { version: string } = JSON.parse(await readFile(path, 'utf8'));
        return { contents: JSON.stringify({ version }), loader: 'json' };
      });
    },
  };
}

function keepsErrorClasses(path: string): boolean {
  return clientsWithErrorClasses.some((client) => path.includes(`/client-${client}/`));
}

/** `{ [_k]: 1 }` with `const _k = "key"` becomes `{ "key": 1 }`, and registrations of error classes that nobody asks for go. */
export function shakeable(schemas: string, keepErrorClasses: boolean): string {
  const names = new Map([...schemas.matchAll(/^const (_\w+) = ("[^"\n]*");$/gm)].map(([, name, text]) => [name ?? '', text ?? '']));
  const literal = schemas.replaceAll(/\[(_\w+)\]:/g, (whole, name: string) => (names.has(name) ? `${names.get(name)}:` : whole));
  return keepErrorClasses ? literal : literal.replaceAll(/^n0_registry\.registerError\(.*\);\n/gm, '');
}
