import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
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
  async run({ projectRoot, emulator }) {
    const vitest = join(projectRoot, 'node_modules', 'vitest', 'vitest.mjs');
    const outputFile = join(emulator.folder, 'memory-contracts.json');
    const args = [
      vitest,
      'run',
      '--project',
      'unit',
      'test/adapters/memory/contract.test.ts',
      '--reporter',
      'json',
      '--outputFile',
      outputFile,
    ];
    // It ends with 1 when a case failed; the report says which.
    const ended = await promisify(execFile)(process.execPath, args, { cwd: projectRoot, timeout: timeoutMs }).catch(
      (error: unknown) => error,
    );
    if (!existsSync(outputFile)) throw new Error('vitest wrote no report', { cause: ended });
    const report = Report.parse(JSON.parse(readFileSync(outputFile, 'utf8')));
    if (!report.success) throw new Error(`${report.numPassedTests} of ${report.numTotalTests} contract cases pass on the memory adapters`);
    return [`contract cases on the memory adapters: ${report.numPassedTests}`];
  },
};
