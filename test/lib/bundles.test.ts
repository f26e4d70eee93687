import { execFile, spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { sizesOf } from '../../bench/bundle.ts';
import { type FunctionName, functionNames } from '../../core/model/index.ts';
import { functionAsset } from '../../lib/functions/bundles.ts';
import { environmentsOf } from '../../lib/functions/environments.ts';
import { hollow, shakeable } from '../../lib/functions/sdk-shaker.ts';
import { worldOf } from './synthesised.ts';

const budgetBytes = 350 * 1024;

const config = worldOf(3);
const environments = environmentsOf(config, 'us-east-1', null);

describe('the functions’ bundles', () => {
  test.each(functionNames)('%s loads no more at a cold start than its budget', (name) => {
    expect(sizesOf(name).bytes).toBeLessThanOrEqual(budgetBytes);
  });

  test.each(functionNames)('%s can be imported with the environment that its template writes, and exports a handler', (name) => {
    const url = pathToFileURL(join(functionAsset(name, config), 'index.mjs')).href;
    const code = `const { handler } = await import(${JSON.stringify(url)}); if (typeof handler !== 'function') process.exit(3);`;
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
      env: { ...environments[name], AWS_REGION: 'us-east-1' },
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  test('a bundle speaks to DynamoDB: what it says and what it makes of an error are those of the SDK', async () => {
    const { asked, output } = await run('learn', { planId: 'p1', epoch: 1, state: 'verified', reason: 'r' });
    expect(asked.map(({ target }) => target)).toContain('DynamoDB_20120810.GetItem');
    expect(asked.find(({ target }) => target?.endsWith('GetItem'))?.body).toContain('"ConsistentRead":true');
    expect(output).toMatch(/ANSWER .*"code":"refused".*ResourceNotFoundException.*no such table/);
  });

  test('a bundle signs what it puts on a bus for the bus’s region, and has written its log lines when it answers', async () => {
    const body = { phase: 'grant', incident: 'i1', group: 'g', subject: 'eu-west-1', epoch: 1, requester: 'us-east-1', reason: 'r' };
    const detail = { v: 1, id: 'm1', from: 'us-east-1', type: 'DrainRequested', sentAt: Date.now(), body };
    const { asked, output } = await run('vote', { 'detail-type': 'DrainRequested', source: 'evenkeel', detail });
    const put = asked.find(({ target }) => target === 'AWSEvents.PutEvents');
    expect(put?.body).toContain('DrainRefused');
    expect(put?.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=a\/\d{8}\/us-east-1\/events\/aws4_request, .*Signature=[0-9a-f]{64}$/);
    expect(output).toMatch(/"message":"GrantRefused".*\n.*"message":"TraceNotAppended"[\s\S]*ANSWER/);
  });
});

interface Asked {
  target: string | undefined;
  authorization: string | undefined;
  body: string;
}

/** One invocation of a bundle whose every AWS endpoint is a server that knows no table; what it asked, and what it printed. */
async function run(name: FunctionName, event: unknown): Promise<{ asked: Asked[]; output: string }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => {
      body += part.toString();
    });
    request.on('end', () => {
      asked.push({ target: request.headers['x-amz-target']?.toString(), authorization: request.headers.authorization, body });
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify({ __type: 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException', message: 'no such table' }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const url = pathToFileURL(join(functionAsset(name, config), 'index.mjs')).href;
  const code = `const { handler } = await import(${JSON.stringify(url)}); console.log('ANSWER ' + JSON.stringify(await handler(${JSON.stringify(event)})));`;
  const output = await new Promise<string>((resolve, reject) => {
    const env = {
      ...environments[name],
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'b',
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    };
    execFile(process.execPath, ['--input-type=module', '-e', code], { env }, (error, stdout) => (error ? reject(error) : resolve(stdout)));
  });
  await new Promise((resolve) => server.close(resolve));
  return { asked, output };
}

describe('what the bundler leaves out', () => {
  test('registrations of error classes that nobody tests for, and computed keys', () => {
    const source =
      'const _e = "error";\nn0_registry.registerError(Gone$, Gone);\nn0_registry.registerError(ExecutionDoesNotExist$, ExecutionDoesNotExist);\nvar a = { [_e]: 1 };\n';
    expect(shakeable(source)).toBe(
      'const _e = "error";\nn0_registry.registerError(ExecutionDoesNotExist$, ExecutionDoesNotExist);\nvar a = { "error": 1 };\n',
    );
  });

  test('a hollow module has the same names and throws where it is entered', async () => {
    const text = hollow('export const a = 1;\nexport function b() {}\nexport { c as d } from "./c.js";\n');
    const module: Record<string, () => () => void> = await import(`data:text/javascript,${encodeURIComponent(text)}`);
    expect(Object.keys(module).sort()).toEqual(['a', 'b', 'd']);
    expect(() => module.b?.()()).toThrow(/left out of the bundle/);
  });
});
