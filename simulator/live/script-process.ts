/** Runs one document on each unit given: `script-process.ts DOCUMENT PARAMETERS ADDRESS:PORT…`. Exit 0 when every unit did it. */
import { request } from 'node:http';

const [document = '', parameters = '{}', ...units] = process.argv.slice(2);
const unitMs = 5_000;
process.on('disconnect', () => process.exit(1));
process.on('SIGINT', () => {});

function runOn(unit: string): Promise<number> {
  return new Promise((resolve) => {
    const outgoing = request(
      `http://${unit}/_script/${encodeURIComponent(document)}`,
      { method: 'POST', agent: false, timeout: unitMs },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    );
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.on('error', () => resolve(0));
    outgoing.end(parameters);
  });
}

const answers = await Promise.all(units.map(runOn));
const done = answers.filter((status) => status >= 200 && status < 300).length;
process.stdout.write(`${document} ran on ${done} of ${units.length} units\n`, () =>
  process.exit(units.length > 0 && done === units.length ? 0 : 1),
);
