import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { AwsBus } from '../../../adapters/aws/bus.ts';
import { clientConfig } from '../../../adapters/aws/client-config.ts';
import type { Bus } from '../../../core/ports/index.ts';
import type { Base } from '../context.ts';

/** The own bus and, for senders, the peers', each asked in its own region. */
export function createBus(base: Base, env: { BUS_NAME: string; PEER_BUSES?: Record<string, string> }): Bus {
  const { region, clock, random } = base;
  const named = { [region]: env.BUS_NAME, ...env.PEER_BUSES };
  const buses = Object.fromEntries(
    Object.entries(named).map(([where, busName]) => [where, { client: new EventBridgeClient(clientConfig(where)), busName }]),
  );
  return new AwsBus({ region, buses, clock, random });
}
