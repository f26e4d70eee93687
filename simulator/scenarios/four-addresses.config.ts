import { checkout, checkoutGroup, shop } from './shop.ts';

/** Four units a region, each with its own address, as with targets of type ip (g1, o21c). */
export default shop([checkout({})], [checkoutGroup(4)]);
