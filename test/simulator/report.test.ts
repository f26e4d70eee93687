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
    expect(page).toMatch(/the incident about the traffic of checkout in us-east-1 is given to people, who have it at the end/);
    expect(page).toContain('Never recovered by our hand');
    expect(page).toContain('<h1>cold-standby: failover undone, given to people, as expected</h1>');
    const everywhere = 'They went to us-east-1 33 %, eu-west-1 33 %, us-west-2 33 % at the beginning and at the end.';
    expect(page).toContain(everywhere);
    for (const row of [
      'failover: pre-scale',
      'failover 2: pre-scale',
      'checkout/us-east-1: quorum',
      'checkout/us-east-1: grants',
      'ecs apply in us-west-2',
    ])
      expect(page).toContain(`${row}<title>`);
    for (const word of ['proven, undone', 'failed, undone', 'for the run, which ended undone'])
      expect(page.split(`>${word}</text>`)).toHaveLength(3);
    const minutes = [...page.matchAll(/<li>minute ([\d.]+):/g)].map(([, minute]) => Number(minute));
    expect(minutes.length).toBeGreaterThan(5);
    expect(minutes).toEqual(minutes.toSorted((a, b) => a - b));
    expect(page).toMatch(/<td>anomaly flagged<\/td><td>checkout\/us-east-1\/health, checkout\/us-east-1\/order<\/td>/);
    expect(page).toMatch(/<td>anomaly flagged<\/td><td>payments\/us-east-1\/ready, [^<]+ and \d+ more<\/td>/);
    expect(page.match(/<rect/g)?.length).toBeGreaterThan(10);
    expect(page.match(/<title>/g)?.length).toBeGreaterThan(20);
  });
});
