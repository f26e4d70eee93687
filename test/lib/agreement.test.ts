import { describe, expect, test } from 'vitest';
import { eventSource } from '../../adapters/aws/bus.ts';
import { storeTable } from '../../adapters/aws/store-keys.ts';
import { voteDimensions, voteMetric } from '../../adapters/aws/vote-carriers.ts';
import { slotsEveryMs } from '../../core/probe/interval.ts';
import { eventSource as sourceInRules } from '../../lib/analyze/region-bus.ts';
import { slotOffsetsSeconds } from '../../lib/probe/slot-queues.ts';
import { storeTable as tableInTemplate } from '../../lib/regional/region-data.ts';
import { voteMetric as metricInAlarms } from '../../lib/vote/vote-alarms.ts';
import { resourcesOf, synthesised, worldOf } from './synthesised.ts';

describe('what the templates say twice, since lib may not import adapters', () => {
  test('the source of events', () => {
    expect(sourceInRules).toBe(eventSource);
  });

  test('the names of the table’s attributes', () => {
    expect(tableInTemplate).toEqual(storeTable);
  });

  test('the metric of a vote, down to its dimensions', () => {
    expect(metricInAlarms).toEqual(voteMetric);
    const template = synthesised(worldOf(3))['evenkeel-world-us-east-1'];
    if (template === undefined) throw new Error('there is no region stack');
    const alarm = Object.values(resourcesOf(template, 'AWS::CloudWatch::Alarm')).find(
      ({ Properties }) => Properties.MetricName === voteMetric.name,
    );
    const names = (alarm?.Properties.Dimensions as { Name: string }[] | undefined)?.map(({ Name }) => Name);
    expect(names?.sort()).toEqual(Object.keys(voteDimensions({ group: 'g', subject: 's', voter: 'v' })).sort());
  });

  test('the length of a slot', () => {
    expect(slotOffsetsSeconds.map((seconds, index) => seconds * 1000 - index * slotsEveryMs)).toEqual([0, 0, 0]);
  });
});
