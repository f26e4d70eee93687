import type { Command } from 'commander';
import type { MonthlyCost } from '../../lib/cost/monthly-cost.ts';

export function cost(program: Command): void {
  program
    .command('cost')
    .description('print what a calm month costs, line by line; quantities are counted from the templates and the configuration')
    .option('--config <file>', 'the configuration: .ts, .js, .yaml, .yml or .json', './evenkeel.config.ts')
    .option('--endpoints <n>', 'not the file, but this many endpoints in three regions, one probe a minute each', wholeNumber)
    .option('--json', 'the figures as JSON')
    .action(async ({ config, endpoints, json }: { config: string; endpoints?: number; json?: boolean }) => {
      const { monthlyCost } = await import('../../lib/cost/monthly-cost.ts');
      const figures = monthlyCost(endpoints === undefined ? await configured(config) : await sampled(endpoints));
      process.stdout.write(json ? `${JSON.stringify(figures, null, 2)}\n` : table(figures));
    });
}

async function configured(file: string) {
  const { loadConfig } = await import('../load-config.ts');
  return loadConfig(file);
}

async function sampled(endpoints: number) {
  const { sampleConfig } = await import('../../lib/cost/sample-config.ts');
  return sampleConfig(endpoints);
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new RangeError(`${JSON.stringify(text)} is not a whole number of 1 or more`);
  return value;
}

/** Item, quantity, unit price and sum, by what is paid for. */
function table({ month, perEndpointMonth, endpoints, vantages, pricesOf, lines, peers }: MonthlyCost): string {
  const rows = (['probing', 'votes', 'readiness'] as const).flatMap((part) => {
    const own = lines.filter((line) => line.part === part);
    const total = own.reduce((sum, { usd }) => sum + usd, 0);
    return own.length === 0
      ? []
      : [
          `\n${part}: ${usd(total)}`,
          ...own.map(
            (line) =>
              `  ${line.item.padEnd(50)}${quantity(line.quantity).padStart(16)} × ${String(line.unitUsd).padEnd(14)}${usd(line.usd).padStart(12)}`,
          ),
        ];
  });
  const beside = peers.map(
    (peer) => `  ${peer.name.padEnd(24)}${usd(peer.month).padStart(14)}, ${usd(peer.perEndpointMonth)} an endpoint: ${peer.note}`,
  );
  return [
    `A calm month, ${endpoints} endpoints from ${vantages} vantages, prices of ${pricesOf} (us-east-1, no free tiers): ${usd(month)}`,
    `Probing: ${usd(perEndpointMonth)} an endpoint and month`,
    ...rows,
    '\nThe same probes elsewhere',
    ...beside,
    '',
  ].join('\n');
}

function usd(value: number): string {
  return `${value.toFixed(value < 1 ? 3 : 2)} USD`;
}

function quantity(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 2 });
}
