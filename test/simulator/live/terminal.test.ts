import { describe, expect, it } from 'vitest';
import type { JsonObject, TimelineEntry } from '../../../core/model/index.ts';
import { createTerminal, type TerminalParts } from '../../../simulator/live/terminal.ts';

let seq = 0;
const entry = (at: number, kind: string, data: JsonObject, reason: string): TimelineEntry => ({
  at,
  seq: seq++,
  region: 'eu-west-1',
  kind,
  subject: 's',
  data,
  reason,
});

function told(entries: TimelineEntry[], parts: Partial<TerminalParts> = {}): string[] {
  const lines: string[] = [];
  const tell = createTerminal({
    write: (text) => void lines.push(text),
    colour: false,
    columns: Number.POSITIVE_INFINITY,
    startedAt: 1_000,
    ...parts,
  });
  for (const each of entries) tell(each);
  return lines;
}

const fault = entry(3_000, 'FaultBegan', {}, 'everything is killed');

describe('the terminal view', () => {
  it('counts from the start until the fault, and from the fault on', () => {
    const lines = told([
      entry(2_500, 'QuorumReached', {}, 'early'),
      fault,
      entry(30_500, 'IncidentOpened', { incident: 'inc-1' }, 'quorum'),
    ]);
    expect(lines).toEqual([
      '   ·1.5 s eu-west-1   quorum      early\n',
      '   +0.0 s eu-west-1   FAULT       everything is killed\n',
      '  +27.5 s eu-west-1   DETECTED    inc-1: quorum\n',
    ]);
  });

  it('says each verdict and each reversal in a word of its own', () => {
    const lines = told([
      fault,
      entry(3_000, 'StepVerified', { step: 'claim', verdict: 'pass' }, 'granted'),
      entry(3_000, 'StepVerified', { step: 'pre-scale', verdict: 'fail' }, 'units stay cold'),
      entry(3_000, 'UndoVerified', { step: 'pre-scale', verdict: 'pass' }, 'as before'),
      entry(3_000, 'OutcomeRecorded', { action: 'failover', state: 'undone', seconds: 4 }, 'a step failed'),
    ]);
    expect(lines.slice(1).map((line) => line.slice(22).trimEnd())).toEqual([
      'PASS        claim: granted',
      'FAIL        pre-scale: units stay cold',
      'UNDONE      pre-scale: as before',
      'UNDONE      failover in 4 s: a step failed',
    ]);
  });

  it('says a look that goes on and on once', () => {
    const look = (reason: string) => entry(3_000, 'StepLooked', { step: 'bake', verdict: 'inconclusive' }, reason);
    expect(told([look('20 s are left'), look('10 s are left'), look('the target is sick')])).toHaveLength(2);
  });

  it('uses colour only when it is told to, and cuts to the columns of a terminal', () => {
    expect(told([fault])[0]).not.toContain('\x1b');
    expect(told([fault], { colour: true })[0]).toContain('\x1b[31mFAULT');
    const [cut = ''] = told([entry(3_000, 'QuorumReached', {}, 'x'.repeat(500))], { columns: 100 });
    expect(cut.trimEnd()).toHaveLength(100);
    expect(cut).toContain('…');
  });
});
