import { checkout, checkoutGroup, shop } from './shop.ts';

/** Checkout in three regions, with a distribution before it that has origins in two of them and prefers us-east-1. */
const cloudFront = { distributionId: 'E0EXAMPLE', originGroup: 'regions', origins: { 'us-east-1': 'east', 'us-west-2': 'west' } };

export default shop([checkout({})], [checkoutGroup(4, { cloudFront })], { policies: { failback: { provenSeconds: 600 } } });
