import { checkout, checkoutGroup, shop } from './shop.ts';

/** checkout reads and writes S3 in its region (o17). */
export default shop([checkout({ dependsOn: [{ aws: 's3' }] })], [checkoutGroup(1)]);
