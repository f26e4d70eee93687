import type { Answer, Script } from './explorer.ts';

/** What a function answers when all goes well, by operation. Plans have two stages; the journal has one step to undo. */
export const well: Script = ({ payload, nth }) => {
  switch (payload.operation) {
    case 'intent':
      return { code: String(payload.stepId).startsWith('stage-') && nth >= 2 ? 'pass' : 'ok' };
    case 'verify':
    case 'verifyUndo':
    case 'symptoms':
      return { code: 'pass' };
    case 'judge':
      return { code: 'fail' };
    case 'next':
      return { code: nth === 0 ? 'ok' : 'pass' };
    default:
      return { code: 'ok' };
  }
};

/** Well, but for one state, which always answers so. */
export const except =
  (state: string, answer: Answer): Script =>
  (call) =>
    call.state === state ? answer : well(call);
