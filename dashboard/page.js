// The page of the live world: follows /events and posts to /act. Everything shown is set as text, never as markup.

/** @typedef {import('../core/model/timeline.ts').TimelineEntry} TimelineEntry */

const token = document.querySelector('meta[name="evenkeel-token"]').content;
const entriesShown = 400;
/** @type {TimelineEntry[]} */
let entries = [];
let faultAt = null;
let startedAt = 0;

const byId = (id) => document.getElementById(id);

/** An element with classes, and text or children. */
function make(tag, className, ...content) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...content.filter((each) => each !== null && each !== undefined));
  return element;
}

const tones = {
  healthy: 'good',
  pass: 'good',
  verified: 'good',
  resolved: 'good',
  committed: 'good',
  undone: 'warn',
  degraded: 'warn',
  inconclusive: 'warn',
  acting: 'warn',
  running: 'warn',
  undoing: 'warn',
  unhealthy: 'bad',
  fail: 'bad',
  escalated: 'bad',
  failed: 'bad',
  frozen: 'bad',
  open: 'bad',
};
const toned = (word) => make('span', tones[word] ?? 'quiet', String(word));
const seconds = (value) => (value === null || value === undefined ? '–' : `${value.toFixed(1)} s`);

function showFigures(state) {
  const { customer } = state;
  const sinceFault = [
    ['detected', seconds(state.detectedAfterSeconds)],
    ['other region proven', seconds(state.recoveredAfterSeconds)],
    ['resolved', seconds(state.endedAfterSeconds)],
    ['longest without a good answer, at the load balancers', seconds(state.outageSeconds.served)],
    ['for the independent client', seconds(state.outageSeconds.client)],
  ];
  const figures = [
    ['independent client', customer === null ? 'starting' : customer.ok ? 'is served' : `is not served: ${customer.said}`],
    ...(state.faultAt === null ? [['fault', 'none yet']] : [['after the fault:', ''], ...sinceFault]),
    ['votes travel by', state.groups.map((group) => group.carrier).join(', ')],
    ['time runs', state.speed === 1 ? 'as ever' : `${state.speed} times faster`],
  ];
  byId('figures').replaceChildren(...figures.map(([name, value]) => make('div', '', make('dt', '', name), make('dd', '', value))));
}

function showRegion(region, state) {
  const share = state.groups.map((group) => `${Math.round(100 * (group.shares[region.name] ?? 0))} % of ${group.name}`).join(', ');
  const isDown = (name) => state.regions.find((each) => each.name === name)?.down === true;
  const seen = region.seenBy.map((view) =>
    isDown(view.observer)
      ? make('p', 'quiet', `seen from ${view.observer}: nothing, it is down itself`)
      : make('p', '', `seen from ${view.observer}: `, toned(view.abstains ? 'abstains' : view.status), `, score ${view.score.toFixed(2)}`),
  );
  const services = region.services.flatMap((service) => {
    const units = service.units.map((unit) => {
      const text = unit.pid === null ? 'no process' : `process ${unit.pid}`;
      const box = make('span', `unit ${unit.healthy ? 'well' : ''} ${unit.ejected ? 'out' : ''}`, unit.ejected ? `${text}, ejected` : text);
      box.title = `${unit.id}: ${unit.healthy ? 'healthy' : 'not healthy'}${unit.ejected ? ', gets no requests' : ''}`;
      return box;
    });
    const well = service.units.filter((unit) => unit.healthy).length;
    return [make('p', '', `${service.name}: ${well} of ${service.desired} healthy`), make('div', 'units', ...units)];
  });
  return make(
    'article',
    '',
    make('h3', '', region.name, make('span', region.down ? 'bad' : 'good', region.down ? 'down' : 'up')),
    make('p', '', `DNS sends here: ${share}`),
    make('p', 'quiet', `${region.traffic.good} good answers to customers, ${region.traffic.bad} bad`),
    ...seen,
    ...services,
  );
}

function showVotes(votes) {
  const rows = votes.map((vote) =>
    make(
      'tr',
      '',
      make('td', '', vote.voter),
      make('td', vote.drain ? 'warn' : 'quiet', vote.drain ? `drains ${vote.subject}` : `${vote.subject}: no drain`),
      make('td', '', `epoch ${vote.epoch}`),
      make('td', 'quiet', vote.reason),
    ),
  );
  byId('votes').replaceChildren(
    rows.length === 0 ? make('p', 'quiet', 'Nobody was asked to vote.') : make('table', '', make('tbody', '', ...rows)),
  );
}

function showRuns({ incidents, runs }) {
  const told = incidents.map((incident) =>
    make('p', '', toned(incident.state), ` ${incident.id} in ${incident.region}: ${incident.reason}`),
  );
  const tables = runs.map((run) => {
    const rows = run.steps.map((step) =>
      make(
        'tr',
        '',
        make('td', '', step.id),
        make('td', '', toned(step.state)),
        make('td', '', step.verdict === null ? '' : toned(step.verdict)),
        make('td', '', step.undo === null ? '' : make('span', '', 'undo ', toned(step.undo))),
        make('td', 'quiet', step.reason),
      ),
    );
    return make('div', '', make('h3', '', `${run.action} `, toned(run.state)), make('table', '', make('tbody', '', ...rows)));
  });
  byId('runs').replaceChildren(...(told.length === 0 ? [make('p', 'quiet', 'No incident.')] : told), ...tables);
}

const percent = (share) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
const span = (value) => (value < 172_800 ? `${(value / 3600).toFixed(1)} h` : `${(value / 86_400).toFixed(1)} days`);
const weekHour = (hour) => `${['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'][Math.floor(hour / 24) % 7]} ${hour % 24}:00`;

function showForeseen(predictions) {
  if (predictions.length === 0) {
    byId('foreseen').replaceChildren(
      make('p', 'quiet', 'Nothing yet: each service is looked ahead for once an hour, in a minute of its own.'),
    );
    return;
  }
  const heads = ['fails within', ...predictions[0].horizons.map(({ horizon }) => horizon), 'half the time within', 'what speaks for it'];
  const rows = predictions.map(({ service, region, horizons, secondsToFailure, supplies, periods, drifts }) =>
    make(
      'tr',
      '',
      make('td', '', `${service} in ${region}`),
      ...horizons.map(({ probability, low, high }) => {
        const tone = probability >= 0.5 ? 'bad' : probability >= 0.1 ? 'warn' : '';
        return make('td', tone, `${percent(probability)} (${percent(low)}–${percent(high)})`);
      }),
      make('td', '', span(secondsToFailure.median)),
      make(
        'td',
        'quiet',
        [
          ...supplies.map(({ supply, seconds: left }) => `${supply} is used up in ${span(left)}`),
          ...periods.map(({ fromHour, toHour, reason }) => `riskier ${weekHour(fromHour)} to ${weekHour(toHour)} UTC (${reason})`),
          ...drifts,
        ].join('; '),
      ),
    ),
  );
  const head = make('tr', '', ...heads.map((each) => make('th', '', each)));
  byId('foreseen').replaceChildren(make('table', '', make('thead', '', head), make('tbody', '', ...rows)));
}

let buttonsFor = '';
function showFaults({ faults, breakable }) {
  const standing = new Set(faults.map((fault) => JSON.stringify(fault)));
  const shown = JSON.stringify([...standing]);
  // Buttons are made anew only when something changed, so that the keyboard keeps its place.
  if (shown === buttonsFor) return;
  buttonsFor = shown;
  const regions = [...new Set(breakable.map(({ fault }) => fault.region))];
  byId('faults').replaceChildren(
    ...regions.map((region) => {
      const own = breakable.filter(({ fault }) => fault.region === region);
      const subjects = [...new Set(own.map(({ subject }) => subject))];
      const parts = subjects.flatMap((subject) => [
        make('h4', '', subject),
        ...own.filter((each) => each.subject === subject).map((each) => faultButton(each, standing)),
      ]);
      const group = make('div', '', make('h3', '', region), ...parts);
      group.setAttribute('role', 'group');
      group.setAttribute('aria-label', `Break in ${region}`);
      return group;
    }),
  );
}

function faultButton({ fault, label }, standing) {
  const on = [...standing].some((each) => sameFault(JSON.parse(each), fault));
  const button = make('button', '', on ? `end: ${label}` : label);
  button.type = 'button';
  button.setAttribute('aria-pressed', String(on));
  button.addEventListener('click', () => act({ operation: on ? 'clear' : 'inject', fault }));
  return button;
}

function sameFault(a, b) {
  return a.kind === b.kind && a.region === b.region && a.service === b.service;
}

async function act(action) {
  const said = byId('said');
  try {
    const response = await fetch('/act', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-evenkeel-token': token },
      body: JSON.stringify(action),
    });
    const answer = await response.json();
    said.textContent = answer.said ?? answer.error;
    said.className = response.ok ? '' : 'bad';
  } catch {
    said.textContent = 'evenkeel does not answer';
    said.className = 'bad';
  }
}

function line(entry) {
  const zero = faultAt ?? startedAt;
  const time = `${entry.at >= zero ? '+' : ''}${((entry.at - zero) / 1000).toFixed(1)} s`;
  return make(
    'li',
    '',
    make('span', 'quiet', time),
    make('span', '', entry.region),
    make('span', '', entry.kind),
    make('span', '', `${entry.data.step ? `${entry.data.step}: ` : ''}${entry.reason}`),
  );
}

/** Everything is unknown once, at the start. */
const isFirstLook = ({ kind, data }) => kind === 'HealthChanged' && data.from === 'unknown' && data.to === 'healthy';

let linesFor = '';
function showTimeline() {
  const last = entries.at(-1);
  const shown = `${faultAt} ${last?.seq}`;
  if (shown === linesFor) return;
  linesFor = shown;
  const told = entries.filter((entry) => !isFirstLook(entry));
  byId('timeline').replaceChildren(...told.slice(-entriesShown).reverse().map(line));
}

const events = new EventSource('/events');
events.addEventListener('open', () => {
  entries = [];
  byId('connection').textContent = '';
});
events.addEventListener('error', () => {
  byId('connection').textContent = 'evenkeel does not answer; what is shown is old';
});
events.addEventListener('entries', ({ data }) => {
  entries = entries.concat(JSON.parse(data));
});
events.addEventListener('state', ({ data }) => {
  const state = JSON.parse(data);
  ({ faultAt, startedAt } = state);
  showFigures(state);
  byId('regions').replaceChildren(...state.regions.map((region) => showRegion(region, state)));
  showVotes(state.votes);
  showRuns(state);
  showForeseen(state.predictions);
  showFaults(state);
  showTimeline();
});
