/** The public constructs of evenkeel, for your own CDK application. */
export { parseConfig } from '../core/config/parse-config.ts';
export type { Config, ConfigInput, Mode } from '../core/config/schema.ts';
export { RegionalProbe, type RegionalProbeProps } from './probe/regional-probe.ts';
export { EvenkeelRegion, type EvenkeelRegionProps } from './regional/evenkeel-region.ts';
export { RegionData, type RegionDataProps } from './regional/region-data.ts';
export { Endpoint, type HttpsOptions, type TcpOptions } from './service/endpoint.ts';
export { Remediation } from './service/remediation.ts';
export { SelfHealingService, type SelfHealingServiceProps } from './service/self-healing-service.ts';
export { ServiceTarget, type UnitsOptions } from './service/service-target.ts';
export { createEvenkeelStacks, type EvenkeelStacks, type EvenkeelStacksOptions } from './stacks/evenkeel-stacks.ts';
export { TrafficGroup, type TrafficGroupProps } from './traffic/traffic-group.ts';
