import { describe, expect, it } from 'vitest';
import { loadMachines, loadScenario } from '../../bin/load-scenario.ts';
import { reportPage } from '../../simulator/report/page.ts';
import { simulate } from '../../simulator/simulate.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('the page of a run', { timeout: 60_000 }, () => {
  it('tells what happened on its own: nothing is loaded, nothing is run, every text is escaped', async () => {
    const { scenario, config } = await loadScenario('cold-standby');
    const report = await simulate(scenario, config, { seed: 1, settle, machines: loadMachines() });
    const page = reportPage(report, { ...scenario, note: 'a <script> in a note' });
    expect(page).not.toMatch(/<(script|link|img|iframe)|@import|url\(|\bsrc=|href=/);
    expect(page).toContain('a &lt;script&gt; in a note');
    for (const part of [
      'Traffic of checkout by region',
      'What went wrong',
      'Incidents',
      'Steps with their verdicts',
      'undone',
      'pre-scale',
      report.hash,
    ])
      expect(page).toContain(part);
    expect(page.match(/<rect/g)?.length).toBeGreaterThan(10);
    expect(page.match(/<title>/g)?.length).toBeGreaterThan(20);
  });
});
