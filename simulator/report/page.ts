import type { Scenario } from '../scenario.ts';
import type { SimulationReport } from '../simulate.ts';
import type { MinuteOfTraffic } from '../world/world.ts';
import { Chart, type Span } from './chart.ts';
import { element, escapeText } from './markup.ts';
import {
  faultStretches,
  foldAnomalies,
  healthStretches,
  incidentStretches,
  type Mark,
  stepStretches,
  tellingEntries,
  voteMarks,
} from './story.ts';
import { pageStyle } from './style.ts';

const minuteMs = 60_000;
/** A run longer than this is shown twice: around the action, and whole. */
const closeUpFromMinutes = 45;
const storyEntriesMax = 400;
/** Incidents that are told one by one above the chart. */
const incidentsMax = 10;

/** One self-contained page about one run, for somebody who was not there. No script, nothing loaded from elsewhere. */
export function reportPage(report: SimulationReport, scenario: Scenario): string {
  const whole: Span = { from: report.startedAt, to: report.startedAt + report.minutes * minuteMs, startedAt: report.startedAt };
  const close = closeUp(report, whole);
  const body = [
    element('h1', {}, escapeText(`${report.name}: ${verdictOf(report)}`)),
    element('p', { class: 'note' }, escapeText(scenario.note ?? '')),
    element(
      'p',
      { class: 'note' },
      escapeText(
        `Source: ${scenario.source}. Seed ${report.seed}, ${report.minutes} simulated minutes. The same seed gives the same run, byte for byte.`,
      ),
    ),
    facts(report),
    legend(regionsOf(report)),
    ...(close === null ? [] : [element('h2', {}, 'Around the action'), chart(report, close), element('h2', {}, 'The whole run')]),
    chart(report, whole),
    story(report),
    element('p', { class: 'note' }, escapeText(`SHA-256 of the timeline: ${report.hash}`)),
  ];
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeText(report.name)}</title><style>${pageStyle}</style>`;
  return `<!doctype html><html lang="en"><head>${head}</head><body>${body.join('\n')}</body></html>\n`;
}

/** How it ended for the people outside comes first: what was expected may have been the worst. */
function verdictOf({ expectMet, violations, actions, timeline }: SimulationReport): string {
  const last = timeline.findLast(({ kind }) => kind === 'IncidentChanged');
  const action = actions.at(-1);
  const told = [
    ...(action === undefined ? ['nothing was done'] : [`${action.action} ${action.state}`]),
    ...(last?.data.to === 'escalated' ? ['given to people'] : []),
  ].join(', ');
  if (violations.length > 0) return `${told}; ${violations.length} invariants violated`;
  return expectMet ? `${told}, as expected` : `${told}; not as expected`;
}

function facts(report: SimulationReport): string {
  const after = (seconds: number) => `${Math.round(seconds)} s after the first fault`;
  const { detectedAfterSeconds: detected, recoveredAfterSeconds: recovered } = report;
  const items = [
    ...clients(report),
    detected === null ? 'Never detected: no incident opened.' : `Detected ${after(detected)}: that is when the incident opened.`,
    recovered === null
      ? 'Never recovered by our hand: no action has proven itself.'
      : `Recovered ${after(recovered)}: that is when the first action had proven itself.`,
    ...happened(report),
    ...report.unmet.map((reason) => `Not as expected: ${reason}.`),
    ...report.violations.map((violation) => `Violated at ${minuteOf(report, violation.at)}: ${violation.checker}: ${violation.reason}`),
    ...(report.actions.length === 0 ? ['Nothing was done.'] : []),
  ];
  return element('ul', {}, items.map((item) => element('li', {}, escapeText(item))).join(''));
}

/** Incidents, actions and undos in the order in which they came. */
function happened(report: SimulationReport): string[] {
  const lines = [
    ...incidentLines(report),
    ...report.actions.map(({ at, action, target, state, reason }) => ({
      at,
      text: `${action} of ${targetInWords(target)} begins, and ended ${state}: ${reason}.`,
    })),
    ...report.reversals.map(({ at, step, verdict }) => ({
      at,
      text: `the step ${step.split('/').at(-1)} of the ${step.split('-')[0]} was undone; the undo's verdict is ${verdict}.`,
    })),
  ];
  return lines.sort((a, b) => a.at - b.at).map(({ at, text }) => `${minuteOf(report, at)}: ${text}`);
}

const incidentEnds: Record<string, string> = { resolved: 'is over', escalated: 'is given to people, who have it at the end' };

/** How each incident began and how it stood at the end; of many, the first ones. */
function incidentLines({ timeline }: SimulationReport): { at: number; text: string }[] {
  const opened = timeline.filter(({ kind }) => kind === 'IncidentOpened');
  const told = opened.slice(0, incidentsMax).flatMap(({ at, subject, data, reason }) => {
    const last = timeline.findLast(({ kind, data: { incident } }) => kind === 'IncidentChanged' && incident === data.incident);
    const begin = { at, text: `an incident about ${targetInWords(subject)} opens: ${reason}.` };
    const end = incidentEnds[String(last?.data.to)] ?? 'is still worked on at the end';
    return [begin, { at: last?.at ?? at, text: `the incident about ${targetInWords(subject)} ${end}: ${last?.reason ?? reason}.` }];
  });
  const more = opened[incidentsMax];
  return more === undefined ? told : [...told, { at: more.at, text: `${opened.length - incidentsMax} more incidents open from here on.` }];
}

/** What the people outside felt, which is what everybody asks first. */
function clients({ traffic, ...report }: SimulationReport): string[] {
  const percent = (share: number) => `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
  return [...Map.groupBy(traffic, (minute) => minute.service)].flatMap(([service, minutes]) => {
    const worst = minutes.reduce((a, b) => (b.failedShare > a.failedShare ? b : a));
    const [first] = minutes;
    const last = minutes.at(-1);
    if (first === undefined || last === undefined) return [];
    const [before, after] = [goesTo(first), goesTo(last)];
    const went =
      before === after ? `They went to ${after} at the beginning and at the end` : `They went to ${before}, at the end to ${after}`;
    if (worst.failedShare < 0.001) return [`Clients of ${service}: none of their requests failed. ${went}.`];
    return [
      `Clients of ${service}: at worst ${percent(worst.failedShare)} of their requests failed (${minuteOf(report, worst.at)}), at the end ${percent(last.failedShare)}. ${went}.`,
    ];
  });
}

/** Regions by their share of the requests of a minute; a hundredth is a client that keeps an old answer. */
function goesTo({ perSecond }: MinuteOfTraffic): string {
  const total = Object.values(perSecond).reduce((sum, each) => sum + each, 0);
  const shares = Object.entries(perSecond).flatMap(([region, each]) =>
    each > 0.02 * total ? [`${region} ${Math.round((each / total) * 100)} %`] : [],
  );
  return shares.length === 0 ? 'no region' : shares.join(', ');
}

/** group:checkout/us-east-1 is how evenkeel names the traffic of a group in a region. */
function targetInWords(target: string): string {
  const [, group, region] = /^group:([^/]+)\/(.+)$/.exec(target) ?? [];
  return group === undefined ? target : `the traffic of ${group} in ${region}`;
}

/** The keys by what they are of: one colour may stand for a region in one part of the chart and for a verdict in another. */
function legend(regions: readonly string[]): string {
  const parts: [string, [string, string][]][] = [
    ['Traffic', [...regions.map((region, index): [string, string] => [`region-${index % 6}`, region]), ['unhealthy', 'share that fails']]],
    ['Faults', [['fault', 'stands']]],
    ['Health', (['healthy', 'degraded', 'unhealthy', 'unknown'] as const).map((look): [string, string] => [look, look])],
    ['Incidents', [...Object.entries({ open: 'open, acted on', proving: 'proving', escalated: 'given to people', resolved: 'over' })]],
    [
      'Steps',
      Object.entries({ running: 'running', pass: 'proven', fail: 'failed', undo: 'being undone', 'undo-pass': 'undone and proven' }),
    ],
    [
      'Dots',
      Object.entries({
        ...{
          quorum: 'a quorum agrees',
          grant: 'a peer grants the move',
          refusal: 'a peer refuses it',
          vote: 'a peer votes the region out',
        },
        ...{ answers: 'the name servers leave it out', 'vote-back': 'it is back in', call: 'calls, by the minute' },
      }),
    ],
  ];
  const key = ([look, text]: [string, string]) => `<span class="keyed"><span class="key ${look}"></span>${escapeText(text)}</span> `;
  const rows = parts.map(([name, looks]) => element('p', { class: 'legend' }, `<b>${name}</b> ${looks.map(key).join('')}`));
  return `${rows.join('')}${element('p', { class: 'note' }, 'Point at a bar or a dot for its reason. A thin bar took no time.')}`;
}

function chart(report: SimulationReport, span: Span): string {
  const { timeline } = report;
  const drawing = new Chart(span);
  for (const service of [...new Set(report.traffic.map((minute) => minute.service))]) {
    drawing.heading(`Traffic of ${service} by region; the red line is the share that fails`);
    drawing.traffic(
      report.traffic.filter((minute) => minute.service === service),
      regionsOf(report),
    );
  }
  return drawing
    .heading('What went wrong')
    .rows(faultStretches(timeline))
    .heading('Health, the worst that others see')
    .rows(healthStretches(timeline))
    .heading('Who agreed, granted and voted, and what the name servers answer, by region that is left')
    .rows([], voteMarks(timeline))
    .heading('Incidents')
    .rows(incidentStretches(timeline))
    .heading('Steps with their verdicts and undos')
    .rows(stepStretches(timeline))
    .heading('Calls that act, and copies of the journal')
    .rows([], callMarks(report))
    .svg();
}

function callMarks({ calls }: SimulationReport): Mark[] {
  return calls.map(({ at, from, call, count }) => ({
    row: call,
    at: at + minuteMs / 2,
    look: 'call',
    title: `${from} called ${call} ${count} times in this minute`,
  }));
}

function story(report: SimulationReport): string {
  const entries = foldAnomalies(tellingEntries(report.timeline));
  const rows = entries
    .slice(0, storyEntriesMax)
    .map(({ at, region, kind, subject, reason }) =>
      element(
        'tr',
        {},
        [minuteOf(report, at).replace('minute ', ''), region, inWords(kind), targetInWords(subject), reason]
          .map((cell) => element('td', {}, escapeText(cell)))
          .join(''),
      ),
    );
  const more =
    entries.length > rows.length
      ? element('p', { class: 'note' }, `${entries.length - rows.length} later entries are left out; --json has all.`)
      : '';
  const head = ['minute', 'where', 'what', 'about', 'why'].map((name) => element('th', {}, name)).join('');
  return element('h2', {}, 'The story') + element('table', {}, element('tr', {}, head) + rows.join('')) + more;
}

function closeUp(report: SimulationReport, whole: Span): Span | null {
  const [first] = report.actions;
  const told = report.timeline.filter((entry) => entry.kind === 'OutcomeRecorded').at(-1);
  if (report.minutes <= closeUpFromMinutes || first === undefined || told === undefined) return null;
  const from = Math.max(whole.from, first.at - 5 * minuteMs);
  const to = Math.min(whole.to, told.at + 5 * minuteMs);
  return to - from > (whole.to - whole.from) / 2 ? null : { ...whole, from, to };
}

function regionsOf({ traffic }: SimulationReport): string[] {
  return [...new Set(traffic.flatMap((minute) => Object.keys(minute.perSecond)))];
}

/** StepApplied → step applied. */
function inWords(kind: string): string {
  return kind.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
}

function minuteOf({ startedAt }: Pick<SimulationReport, 'startedAt'>, at: number): string {
  return `minute ${((at - startedAt) / minuteMs).toFixed(1)}`;
}
