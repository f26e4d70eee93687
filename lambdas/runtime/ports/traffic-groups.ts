import type { AskedName } from '../../../adapters/aws/authoritative-answers.ts';
import type { TrafficGroupParts } from '../../../adapters/aws/traffic-control.ts';
import { regionNames } from '../../../core/config/derive.ts';
import type { Config, TrafficGroup } from '../../../core/config/schema.ts';

/** What the adapter has to know of each traffic group. Its first record stands for all: they share their checks and move together. */
export function trafficGroupsOf(config: Config): Record<string, TrafficGroupParts> {
  const voters = regionNames(config);
  return Object.fromEntries(
    config.trafficGroups.flatMap((group) => {
      const asked = askedNameOf(group);
      return asked === null ? [] : [[group.name, { asked, nameServers: group.zone.nameServers, voters }]];
    }),
  );
}

function askedNameOf(group: TrafficGroup): AskedName | null {
  const [record] = group.records;
  if (record === undefined) return null;
  const regions = Object.entries(record.regions).map(([region, { values, alias }]): [string, AskedName['regions'][string]] => [
    region,
    { values: values ?? [], ...(alias !== undefined && { host: alias.dnsName }) },
  ]);
  return { name: record.name, type: record.type, regions: Object.fromEntries(regions) };
}
