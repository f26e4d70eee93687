import type { Bill, Line } from './bill.ts';
import type { Part } from './quantities.ts';

const titles: Record<Part, string> = {
  probing: 'Probing and judging',
  standing: 'What stands there anyway',
  acting: 'Acting and telling',
  votes: 'Votes',
};

/** The bill for a person: every line with its count and its price. */
export function textOf(bill: Bill): string {
  const parts = (Object.keys(titles) as Part[]).flatMap((part) => [
    '',
    `${titles[part].padEnd(58)} ${usd(bill.parts[part])}`,
    ...bill.lines.filter((line) => line.part === part).flatMap(rows),
  ]);
  return [
    `USD a month, calm, ${bill.endpoints} endpoints. List prices of ${bill.prices.region}, ${bill.prices.asOf}: differences between regions,`,
    'free tiers and what each service itself costs are left out.',
    ...parts,
    '',
    `${'A month'.padEnd(58)} ${usd(bill.month)}`,
    `${'An endpoint a month, probing alone'.padEnd(58)} ${bill.perEndpointMonth.toFixed(3).padStart(10)}`,
    '',
    'The same probes elsewhere',
    ...bill.peers.flatMap(({ name, usd: amount, how }) => [`  ${name.padEnd(56)} ${usd(amount)}`, `    ${how}`]),
    '',
    'Taken as given (bin/cost/assumptions.ts):',
    ...Object.entries(bill.assumptions).map(([name, value]) => `  ${name} ${value}`),
    '',
  ].join('\n');
}

function rows(line: Line): string[] {
  const row = `  ${line.item.padEnd(56)} ${usd(line.usd)}`;
  if (line.of !== undefined) return [row, ...line.of.flatMap(rows).map((part) => `  ${part}`)];
  return [`${row}   ${count(line.quantity)} × ${unit(line.unitUsd)}`];
}

/** One row a size. */
export function tableOf(bills: readonly Bill[]): string {
  const header = [
    'endpoints',
    'a month',
    'probing',
    'per endpoint',
    'standing',
    'acting',
    'votes',
    ...(bills[0]?.peers.map(({ name }) => name) ?? []),
  ];
  const body = bills.map(({ endpoints, month, perEndpointMonth, parts, peers }) => [
    String(endpoints),
    month.toFixed(2),
    parts.probing.toFixed(2),
    perEndpointMonth.toFixed(3),
    parts.standing.toFixed(2),
    parts.acting.toFixed(2),
    parts.votes.toFixed(2),
    ...peers.map((peer) => peer.usd.toFixed(2)),
  ]);
  const widths = header.map((title, column) => Math.max(title.length, ...body.map((row) => row[column]?.length ?? 0)));
  const text = [header, ...body].map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  '));
  return `${text.join('\n')}\n`;
}

function usd(amount: number): string {
  return amount.toFixed(2).padStart(10);
}

function count(quantity: number): string {
  return quantity >= 100 ? Math.round(quantity).toLocaleString('en') : Number(quantity.toPrecision(3)).toString();
}

/** 0.0000002 rather than 2e-7. */
function unit(price: number): string {
  return price >= 0.01 ? price.toFixed(2) : `${Number((price * 1e6).toPrecision(6))} per million`;
}
