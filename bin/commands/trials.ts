import { type Command, Option } from 'commander';
import { settle, wholeNumber } from './simulate.ts';

interface Options {
  case?: string;
  campaign?: 'kill' | 'answers' | 'twice';
  every: number;
  json?: boolean;
}

export function trials(program: Command): void {
  program
    .command('trials')
    .description('interfere with every step of every machine and count how the runs end; exit 1 when a promise is broken')
    .option('--case <name>', 'only the case of this name')
    .addOption(new Option('--campaign <name>', 'only one kind of interference').choices(['kill', 'answers', 'twice']))
    .option('--every <n>', 'of the trials of each kind only every n-th, the first of each step and answer always', wholeNumber, 1)
    .option('--json', 'counts and broken trials as JSON')
    .action(async (options: Options) => {
      const { loadMachines } = await import('../load-scenario.ts');
      const { UsageError } = await import('../report-failure.ts');
      const { campaignNames, runCampaigns } = await import('../../simulator/trials/campaign.ts');
      const { trialCases } = await import('../../simulator/trials/cases.ts');
      const { tableOf } = await import('../../simulator/trials/table.ts');
      const cases = trialCases.filter((each) => options.case === undefined || each.name === options.case);
      if (cases.length === 0)
        throw new UsageError(
          `there is no case ${JSON.stringify(options.case)}; there are ${trialCases.map((each) => each.name).join(', ')}`,
        );
      let done = 0;
      const report = await runCampaigns(cases, {
        machines: loadMachines(),
        settle,
        campaigns: options.campaign === undefined ? campaignNames : [options.campaign],
        every: Math.max(1, options.every),
        onTrial: (trial) => {
          done += 1;
          if (done % 500 === 0) process.stderr.write(`${done} trials, now ${trial.case}\n`);
        },
      });
      process.stdout.write(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : tableOf(report));
      process.exitCode = report.broken.length === 0 ? 0 : 1;
    });
}
