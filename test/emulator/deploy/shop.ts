import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DnsServer } from '../../../simulator/live/dns-server.ts';
import type { StageContext } from '../context.ts';
import { freePort } from '../ministack.ts';
import { Route53DataPlane } from '../route53/data-plane.ts';
import { EcsService } from './ecs-service.ts';
import { EvenkeelCli } from './evenkeel-cli.ts';
import { LoopbackServer } from './servers.ts';
import { services, smallShopConfig } from './small-shop-config.ts';
import { DeployedTables } from './tables.ts';
import { OwnersZone } from './zone.ts';

/** The world that the application is deployed into: servers, services on ECS, the zone and who answers for it. */
export interface Shop {
  context: StageContext;
  cli: EvenkeelCli;
  tables: DeployedTables;
  zone: OwnersZone;
  server(service: string, region: string): LoopbackServer;
  /** A new server in the place of one that was killed. */
  revive(service: string, region: string): Promise<void>;
  /** In the region that takes over. */
  ecs: Record<string, EcsService>;
  close(): Promise<void>;
}

export async function openShop(context: StageContext): Promise<Shop> {
  const { regions, emulator } = context;
  const [, away] = regions;
  const zone = await OwnersZone.create(context);
  const dataPlane = new Route53DataPlane(context, zone);
  const dns = new DnsServer(dataPlane.answer);
  const dnsPort = await freePort();
  await dns.listen(['127.0.0.1'], dnsPort);
  dataPlane.start();
  const reference = await LoopbackServer.start();
  const servers = new Map<string, LoopbackServer>();
  const ecs: Record<string, EcsService> = {};
  for (const service of services) {
    for (const region of regions) servers.set(`${service}/${region}`, await LoopbackServer.start());
    ecs[service] = await EcsService.create(context, away, service);
  }
  const server = (service: string, region: string): LoopbackServer => {
    const found = servers.get(`${service}/${region}`);
    if (found === undefined) throw new Error(`${service} has no server in ${region}`);
    return found;
  };
  const revive = async (service: string, region: string) => {
    servers.set(`${service}/${region}`, await LoopbackServer.start(server(service, region).port));
  };
  const configFile = join(emulator.folder, 'small-shop.json');
  const config = smallShopConfig({
    regions,
    zone: { id: zone.id, name: zone.name },
    nameServer: `127.0.0.1:${dnsPort}`,
    urlOf: (service, region) => server(service, region).url,
    referenceUrl: reference.url,
  });
  writeFileSync(configFile, JSON.stringify(config));
  const cli = new EvenkeelCli(context, configFile);
  return {
    ...{ context, cli, zone, server, revive, ecs },
    tables: new DeployedTables(context),
    async close() {
      cli.stop();
      dns.close();
      await Promise.all([...servers.values(), reference].map((each) => each.kill()));
      await dataPlane.stop();
    },
  };
}
