import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import type { Stage } from '../context.ts';

/** Measured: 3 s. */
const timeoutMs = 60_000;

const Report = z.object({ numTotalTests: z.number(), numPassedTests: z.number(), success: z.boolean() });

/** The same cases on the memory adapters, counted, so that one report shows both. */
export const memoryContracts: Stage = {
  name: 'memory-contracts',
  async run({ projectRoot }) {
    const vitest = join(projectRoot, 'node_modules', 'vitest', 'vitest.mjs');
    const args = [vitest, 'run', '--project', 'unit', 'test/adapters/memory/contract.test.ts', '--reporter', 'json'];
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      cwd: projectRoot,
      timeout: timeoutMs,
      maxBuffer: 16 * 1024 * 1024,
    });
    const report = Report.parse(JSON.parse(stdout.slice(stdout.indexOf('{"numTotalTestSuites"'))));
    if (!report.success) throw new Error(`${report.numPassedTests} of ${report.numTotalTests} contract cases pass on the memory adapters`);
    return [`contract cases on the memory adapters: ${report.numPassedTests}`];
  },
};
