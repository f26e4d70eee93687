import { parseConfig } from '../../core/config/parse-config.ts';
import type { Config, ConfigInput } from '../../core/config/schema.ts';
import { once } from '../../core/plan/step.ts';
import { checkout, checkoutGroup, shop } from '../scenarios/shop.ts';
import { type FaultInput, faultSchema } from '../world/fault.ts';
import type { Scene } from './trial-case.ts';

/** The region that executes in every trial, the one that is impaired, and the group and service that they share with a third one. */
export const holder = 'eu-west-1';
export const impaired = 'us-east-1';
export const group = 'checkout';
export const service = 'checkout';
export const here = { service, region: holder };

/** An undo of capacity, with the time that units need to stop and start. */
export const restoring = { kind: 'restore-capacity', verify: once(300) };

/** Seconds of a control-plane move from its start to its first effect: later than the first slot of every region, so that all have looked. */
export const leadSeconds = 65;

type CheckoutInput = Parameters<typeof checkout>[0];

/** checkout in three regions, three addresses each. */
export function configOf(over: CheckoutInput = {}, carrier: 'object' | 'metric' = 'object', more: Partial<ConfigInput> = {}): Config {
  return parsed(checkout(over), checkoutGroup(3, { carrier }), more);
}

/** The same behind a distribution with the origins of two of them. */
export function behindDistribution(): Config {
  const cloudFront = { distributionId: 'E0EXAMPLE', originGroup: 'regions', origins: { [holder]: 'holder', 'us-west-2': 'other' } };
  return parsed(checkout({}), checkoutGroup(3, { carrier: 'object', cloudFront }));
}

type GroupInput = ReturnType<typeof checkoutGroup>;

function parsed(service: ReturnType<typeof checkout>, trafficGroup: GroupInput, more: Partial<ConfigInput> = {}): Config {
  const made = parseConfig(shop([service], [trafficGroup], more));
  if (!made.ok) throw new Error(made.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  return made.config;
}

export function begin({ world, at }: Scene, fault: FaultInput): void {
  world.begin(faultSchema.parse(fault), at);
}

/** From then on nobody is served there any more. */
export const failing = (region: string): FaultInput => ({ at: 0, kind: 'http-errors', where: { service, region }, with: { share: 1 } });
