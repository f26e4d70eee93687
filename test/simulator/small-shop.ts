import { parseConfig } from '../../core/config/parse-config.ts';
import type { Config, ConfigInput } from '../../core/config/schema.ts';
import { checkout, checkoutGroup, shop } from '../../simulator/scenarios/shop.ts';

type CheckoutInput = Parameters<typeof checkout>[0];

/** checkout with four units of 50 requests a second in each of three regions, as a parsed configuration. */
export function smallShop(over: CheckoutInput = {}, rest: Partial<ConfigInput> = {}, addresses = 1): Config {
  return parsed(shop([checkout(over)], [checkoutGroup(addresses, { carrier: 'object' })], rest));
}

export function parsed(input: ConfigInput): Config {
  const result = parseConfig(input);
  if (!result.ok) throw new Error(result.problems.map((problem) => `${problem.path}: ${problem.message}`).join('\n'));
  return result.config;
}
