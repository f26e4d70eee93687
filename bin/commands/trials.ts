import { availableParallelism } from 'node:os';
import { type Command, Option } from 'commander';
import type { CampaignName, CampaignReport } from '../../simulator/trials/campaign.ts';
import { Hand } from '../hand.ts';
import type { TrialsRequest } from '../trials-worker.ts';
import { wholeNumber } from './whole-number.ts';

interface Options {
  case?: string;
  campaign?: CampaignName;
  every: number;
  workers: number;
  json?: boolean;
}

/** The trials of a campaign of a case go to the threads in this many parts, so that none waits long for the last one. */
const partsEach = 8;
const progressEveryMs = 10_000;

export function trials(program: Command): void {
  program
    .command('trials')
    .description('interfere with every step of every machine and count how the runs end; exit 1 when a promise is broken')
    .option('--case <name>', 'only the case of this name')
    .addOption(new Option('--campaign <name>', 'only one kind of interference').choices(['kill', 'answers', 'twice']))
    .option('--every <n>', 'of the trials of each kind only every n-th, the first of each step and answer always', wholeNumber(1), 1)
    .option('--workers <n>', 'worker threads', wholeNumber(1), availableParallelism())
    .option('--json', 'counts and broken trials as JSON')
    .action(async (options: Options) => {
      const { mergedReports } = await import('../../simulator/trials/campaign.ts');
      const { tableOf } = await import('../../simulator/trials/table.ts');
      const requests = await requestsOf(options);
      const startedAt = performance.now();
      const report = mergedReports(await runAll(requests, Math.min(options.workers, requests.length)));
      const seconds = (performance.now() - startedAt) / 1000;
      process.stderr.write(
        `${report.trials} trials, ${report.runs} runs in ${Math.round(seconds)} s, ${Math.round(report.runs / seconds)} a second\n`,
      );
      process.stdout.write(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : tableOf(report));
      process.exitCode = report.broken.length === 0 ? 0 : 1;
    });
}

async function requestsOf(options: Options): Promise<TrialsRequest[]> {
  const { UsageError } = await import('../report-failure.ts');
  const { campaignNames } = await import('../../simulator/trials/campaign.ts');
  const { trialCases } = await import('../../simulator/trials/cases.ts');
  const names = trialCases.map((each) => each.name);
  const chosen = names.filter((name) => options.case === undefined || name === options.case);
  if (chosen.length === 0) throw new UsageError(`there is no case ${JSON.stringify(options.case)}; there are ${names.join(', ')}`);
  const campaigns = campaignNames.filter((name) => options.campaign === undefined || name === options.campaign);
  return chosen.flatMap((name) =>
    campaigns.flatMap((campaign) =>
      Array.from({ length: partsEach }, (_, index) => ({ case: name, campaign, every: options.every, part: { index, of: partsEach } })),
    ),
  );
}

/** Answers the reports in the order of the requests, whichever thread was quicker. */
async function runAll(requests: readonly TrialsRequest[], threads: number): Promise<CampaignReport[]> {
  const crew = Array.from({ length: threads }, () => new Hand<TrialsRequest>(new URL('../trials-worker.ts', import.meta.url), 'trials'));
  const reports: CampaignReport[] = [];
  const queue = requests.entries();
  let done = 0;
  let toldAt = performance.now();
  const work = async (hand: Hand<TrialsRequest>): Promise<void> => {
    for (const [index, request] of queue) {
      const report = await hand.ask<CampaignReport>(request);
      reports[index] = report;
      done += report.trials;
      for (const { interference, problems } of report.broken)
        process.stderr.write(`${request.case} ${JSON.stringify(interference)}: ${problems.join('; ')}\n`);
      if (performance.now() - toldAt < progressEveryMs) continue;
      toldAt = performance.now();
      process.stderr.write(`${done} trials, now ${request.case}, ${request.campaign}\n`);
    }
  };
  await Promise.all(crew.map(work));
  await Promise.all(crew.map((hand) => hand.dismiss()));
  return reports;
}
