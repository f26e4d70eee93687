import type { Audience, Config, Mode, Playbook } from '../schema.ts';
import { actionNames } from '../schema.ts';
import { counted, duration, listed, percent } from './wording.ts';

const meaning: Record<Mode, string> = {
  observe: 'decides and records, and touches nothing',
  approve: 'asks a person before it acts',
  act: 'acts by itself, within its policies',
};

export function mode(config: Config): string {
  return `Its mode is ${config.mode}: evenkeel ${meaning[config.mode]}.`;
}

/** Which actions are allowed, how many, and in which order they are tried. */
export function acting(config: Config): string[] {
  const { budgets, cooldownSeconds, flapPenaltyFactor, maxScaleFactor, ceilingUnits, approvals } = config.policies;
  const tiers = [...new Set(config.services.map(({ tier }) => tier))].sort();
  return [
    ...tiers.map((tier) => allowed(config, tier)),
    `Never more than ${counted(budgets.perTargetPerHour, 'incident')} of a target answered in an hour, ${budgets.globalPerHour} actions in all, ${counted(budgets.regionsDrainedMax, 'region')} drained at once, ${percent(budgets.capacityOutShareMax)} of the units out; ${duration(cooldownSeconds)} between two on one target, × ${flapPenaltyFactor} with each flap. Scaling stops at × ${maxScaleFactor} and ${ceilingUnits} units. An approval that nobody gives within ${duration(approvals.expireSeconds)} is a no.`,
    ...windows(config),
    'What is tried, in order, until the symptoms are gone:',
    ...config.playbooks.map((playbook) => `- ${playbook.alert}: ${ladder(playbook)}`),
  ];
}

function allowed(config: Config, tier: 1 | 2 | 3): string {
  const services = config.services.filter((service) => service.tier === tier).map(({ name }) => name);
  const by = (severity: 'critical' | 'warning') => {
    const actions = config.policies.allowedActions[severity][`tier${tier}`];
    const missing = actionNames.filter((action) => !actions.includes(action));
    if (missing.length === 0) return 'every action';
    if (actions.length === 0) return 'nothing';
    return missing.length < actions.length ? `everything but ${listed(missing)}` : listed(actions);
  };
  return `Tier ${tier} (${listed(services)}): ${by('critical')} when it is critical, ${by('warning')} when it is a warning.`;
}

function windows({ policies }: Config): string[] {
  const when = ({ name, days, from, to }: { name: string; days: string[]; from: string; to: string }) =>
    `${name}: ${listed(days)} ${from}–${to} UTC`;
  return [
    ...policies.peakHours.map((hours) => `Peak hours ${when(hours)}: only ${listed(policies.lowRiskActions)}, failover excepted.`),
    ...policies.maintenanceWindows.map((hours) => `Maintenance ${when(hours)}: ${listed(hours.allow)} may be done, whatever the severity.`),
  ];
}

function ladder(playbook: Playbook): string {
  return playbook.levels
    .map((level) => level.actions.map(({ action, when }) => (when ? `${action} (if ${when})` : action)).join(', '))
    .join(' → ');
}

/** How the required events read after "when something is". */
const eventWords: Record<Config['notifications']['required'][number], string> = {
  opened: 'opened',
  planned: 'planned',
  approval: 'waiting for an approval',
  acted: 'done',
  refused: 'refused',
  undone: 'undone',
  escalated: 'escalated',
  resolved: 'resolved',
};

/** Who is woken and who is told. */
export function telling(config: Config): string[] {
  const { page, notify, required } = config.notifications;
  const [paged, told] = [namesIn(page), namesIn(notify)];
  return [
    paged.length > 0
      ? `${listed(paged)} ${paged.length === 1 ? 'is' : 'are'} paged at the latest ${duration(config.policies.paging.afterSeconds)} after an incident opens, unless the recovery is verified by then.`
      : `Nobody is paged: notifications.page is empty. Only evenkeel's own topic in each region carries the pages.`,
    `${told.length > 0 ? `${listed(told)} ${told.length === 1 ? 'is' : 'are'} told` : 'The log tells'} when an incident or an action is ${listed(
      required.map((event) => eventWords[event]),
      'or',
    )}.`,
    ...deafness([page, notify]),
  ];
}

function namesIn({ emails, topics, webhooks }: Audience): string[] {
  return [...emails, ...topics.map(topicName), ...webhooks.map(({ name }) => `the webhook ${name}`)];
}

/** arn:aws:sns:eu-west-1:123456789012:pagers → the topic pagers in eu-west-1 */
function topicName(arn: string): string {
  const [, , , region, , name] = arn.split(':');
  return `the topic ${name} in ${region}`;
}

/** What becomes of a note that a topic or webhook does not take. */
function deafness(audiences: readonly Audience[]): string[] {
  if (audiences.every(({ topics, webhooks }) => topics.length + webhooks.length === 0)) return [];
  return [
    `A topic or webhook that does not take a note is paged about through evenkeel's own topics, once a day; the note is tried up to nine times within some minutes and then lies in the dead letters.`,
  ];
}
