import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { emulatorClient } from '../client-settings.ts';
import type { StageContext } from '../context.ts';
import { addressOf, services } from './small-shop-config.ts';

/** The zone as its owner made it before there was an evenkeel: weighted records without health checks. */
export class OwnersZone {
  readonly id: string;
  readonly name = 'example.com';
  readonly #route53: Route53Client;

  private constructor(route53: Route53Client, id: string) {
    this.#route53 = route53;
    this.id = id;
  }

  static async create({ emulator, regions }: StageContext): Promise<OwnersZone> {
    const route53 = new Route53Client(emulatorClient(emulator.endpoint, regions[0]));
    const { HostedZone } = await route53.send(new CreateHostedZoneCommand({ Name: 'example.com', CallerReference: 'owner' }));
    const zone = new OwnersZone(route53, HostedZone?.Id?.replace('/hostedzone/', '') ?? '');
    const Changes = services.flatMap((service) =>
      regions.map((SetIdentifier, index) => ({
        Action: 'CREATE' as const,
        ResourceRecordSet: {
          Name: `${service}.${zone.name}`,
          Type: 'A' as const,
          SetIdentifier,
          Weight: 100,
          TTL: 60,
          ResourceRecords: [{ Value: addressOf(index) }],
        },
      })),
    );
    await route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: zone.id, ChangeBatch: { Changes } }));
    return zone;
  }

  async sets(service: string): Promise<ResourceRecordSet[]> {
    const { ResourceRecordSets = [] } = await this.#route53.send(new ListResourceRecordSetsCommand({ HostedZoneId: this.id }));
    return ResourceRecordSets.filter(({ Name }) => Name === `${service}.${this.name}.`);
  }
}
