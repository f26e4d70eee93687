import type { MessageType } from './message.ts';

/** The Lambda functions of one region; lambdas/<name>, and the names that the simulator's task resolver knows. */
export const functionNames = [
  'probe',
  'analyze',
  'vote',
  'plan',
  'step-apply',
  'step-verify',
  'step-undo',
  'sweep',
  'learn',
  'notify',
] as const;
export type FunctionName = (typeof functionNames)[number];

/** Which messages on a region's bus go to which function: the EventBridge rules, and the simulator's. */
export const messageRoutes: Partial<Record<FunctionName, readonly MessageType[]>> = {
  analyze: ['SamplesTaken', 'Observation', 'IncidentOpened', 'IncidentChanged', 'OutcomeRecorded', 'KillSwitch'],
  vote: ['DrainRequested', 'DrainWithdrawn', 'DrainGranted', 'DrainRefused'],
  plan: ['IncidentOpened', 'IncidentChanged', 'OutcomeRecorded'],
  learn: ['IncidentChanged', 'OutcomeRecorded'],
  'step-apply': ['AssistRequested', 'AssistReported'],
  notify: ['IncidentOpened', 'IncidentChanged', 'OutcomeRecorded'],
};
