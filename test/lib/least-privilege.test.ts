import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import { functionNames } from '../../core/model/index.ts';
import { buildBundles } from '../../lib/functions/build-bundles.ts';
import { deployedFunctions, functionShapes } from '../../lib/functions/catalogue.ts';
import { portActions } from '../../lib/permissions/port-actions.ts';
import { rights, roleNames } from '../../lib/permissions/rights.ts';
import { needsOf } from '../../lib/permissions/statements.ts';

const root = join(import.meta.dirname, '..', '..');
const out = join(root, 'node_modules', '.cache', 'evenkeel', 'least-privilege-test');
/** Source files by function, those alone of which something is left in its bundle. */
let sources: Record<string, string[]>;

beforeAll(async () => {
  const built = await buildBundles(root, out);
  sources = Object.fromEntries(
    Object.entries(built).map(([name, { outputs }]) => {
      const used = Object.values(outputs).flatMap(({ inputs }) =>
        Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0),
      );
      return [name, [...new Set(used.map(([file]) => file))]];
    }),
  );
}, 120_000);

interface Line {
  file: string;
  line: number;
  text: string;
}

function linesOf(file: string): Line[] {
  return readFileSync(join(root, file), 'utf8')
    .split('\n')
    .map((text, index) => ({ file, line: index + 1, text }));
}

/** Calls that adapters make, by the name that they give to `attempt`. */
const calls = new Map<string, Line[]>();
for (const file of globSync('adapters/aws/*.ts', { cwd: root }).sort()) {
  for (const line of linesOf(file)) {
    for (const [, action = ''] of line.text.matchAll(/'([a-z0-9-]+:[A-Z]\w+)'/g)) calls.set(action, [...(calls.get(action) ?? []), line]);
  }
}

/** Actions that IAM asks for although no line names them: what a call does on our behalf. */
const onOurBehalf: Record<string, string> = {
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
  'dynamodb:PutItem': 'dynamodb:TransactWriteItems',
  'dynamodb:UpdateItem': 'dynamodb:TransactWriteItems',
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
  'kms:Decrypt': 'dynamodb:GetItem',
  // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
  'kms:GenerateDataKey': 'sns:Publish',
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
  'iam:PassRole': 'ecs:RegisterTaskDefinition',
  // adapters/aws/assumed-role.ts hands a client credentials of a role in the target's account; the SDK asks STS for them.
  'sts:AssumeRole': 'ecs:DescribeServices',
  // https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html
  'secretsmanager:GetSecretValue': 'ssm:GetParameters',
};

function neededBy(action: string): Line[] {
  return calls.get(action) ?? calls.get(onOurBehalf[action] ?? '') ?? [];
}

/** Methods that a bundle's code can call and its function never does, and why. */
const neverReached: Record<string, Record<string, string>> = {
  analyze: { 'traffic.castVote': 'DrainRequested and DrainWithdrawn are routed to vote alone' },
  probe: {
    'store.query': 'queryStored shares a file with what it uses and is shaken off',
    'metricSink.publish': 'its sink writes lines to the log of the function (adapters/aws/embedded-metrics.ts)',
  },
};

const ports = Object.keys(portActions).filter((port) => port !== 'peerStores');
/** A port around a port: it calls what its users call, and nothing by itself. */
const wrappers = ['core/knowledge/patient-tables.ts'];
/** A lease is claimed in the own table and the peers', one after another under one name. */
const claimCall = /\b(?:store|table|peer)\.claim\(/;
const methodCall = new RegExp(String.raw`\b(${ports.join('|')})\s*\.(\w+)\(`, 'g');

/** The port methods that the core code in a function's bundle calls. */
function methodsCalled(name: string): Set<string> {
  const core = (sources[name] ?? []).filter((file) => file.startsWith('core/') && !wrappers.includes(file));
  const found = core.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(methodCall)].map(([, port, method]) => `${port}.${method}`),
  );
  if (core.some((file) => claimCall.test(readFileSync(join(root, file), 'utf8')))) found.push('store.claim');
  return new Set(found.filter((method) => isPortMethod(method) && !(method in (neverReached[name] ?? {}))));
}

/** `query.store.get` is one, `data.map` is not. */
function isPortMethod(method: string): boolean {
  const [port = '', name = ''] = method.split('.');
  return Object.entries(portActions).some(([known, methods]) => known === port && name in methods);
}

/** The methods that all deployed forms of a function are granted; its own peers' tables are stores. */
function methodsGranted(name: string): Set<string> {
  const forms = deployedFunctions.filter(
    (form) => functionShapes[form].bundle === name || (name.startsWith('step-') && form.startsWith('step-')),
  );
  return new Set(
    forms.flatMap((form) =>
      Object.entries(rights[form]).flatMap(([port, methods]) =>
        methods.map((method: string) => `${port === 'peerStores' ? 'store' : port}.${method}`),
      ),
    ),
  );
}

describe('least privilege', () => {
  test.each(functionNames)('%s may do what its code calls, and nothing else', (name) => {
    expect([...methodsGranted(name)].sort()).toEqual([...methodsCalled(name)].sort());
  });

  test('an operator may do what an order calls, and nothing else', async () => {
    const { metafile } = await build({
      stdin: { contents: "import { operate } from './core/plan/operator.ts'; operate();", resolveDir: root },
      ...{ bundle: true, format: 'esm', platform: 'node', write: false, metafile: true },
    });
    sources.operator = Object.values(metafile.outputs).flatMap(({ inputs }) =>
      Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
    );
    const granted = Object.entries(rights.operator).flatMap(([port, methods]) =>
      methods.map((method: string) => `${port === 'peerStores' ? 'store' : port}.${method}`),
    );
    expect([...new Set(granted)].sort()).toEqual([...methodsCalled('operator')].sort());
  });

  test('every action that a role has is needed by a line', () => {
    const unneeded = roleNames.flatMap((name) => needsOf(name).filter(({ action }) => neededBy(action).length === 0));
    expect(unneeded).toEqual([]);
    if (process.env.EVENKEEL_LIST_PERMISSIONS !== undefined) process.stdout.write(listing());
  });

  test('every call that a bundle makes is an action of its method', () => {
    const known = new Set(
      Object.values(portActions).flatMap((methods) => Object.values(methods).flatMap((scopes) => Object.values(scopes).flat())),
    );
    for (const [granted, call] of Object.entries(onOurBehalf)) if (known.has(granted)) known.add(call);
    const bundled = new Set(Object.values(sources).flat());
    const forgotten = [...calls].flatMap(([action, lines]) =>
      known.has(action) ? [] : lines.filter(({ file }) => bundled.has(file)).map(({ file, line }) => `${action} in ${file}:${line}`),
    );
    expect(forgotten).toEqual([]);
  });

  test('verifying looks and never touches', () => {
    const touching = needsOf('step-verify').filter(
      ({ action, scope }) => !/:(Get|Describe|List|BatchGet|Query)/.test(action) && !/table|bus|account-roles|peer-keys/.test(scope),
    );
    expect(touching).toEqual([]);
  });
});

/** `EVENKEEL_LIST_PERMISSIONS=1 npx vitest run --project infra test/lib/least-privilege.test.ts` prints it. */
function listing(): string {
  return roleNames
    .map((name) => {
      const rows = new Map(needsOf(name).map(({ action, scope, method }) => [`${action} on ${scope}`, method]));
      const lines = [...rows].map(([what, method]) => {
        const where = neededBy(what.split(' ')[0] ?? '').map(({ file, line }) => `${file}:${line}`);
        return `  ${what.padEnd(70)} ${method.padEnd(22)} ${where.join(' ')}`;
      });
      return `${name}\n${lines.sort().join('\n')}\n`;
    })
    .join('\n');
}
