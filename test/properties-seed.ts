import fc from 'fast-check';

// A red run must be the same red run tomorrow: properties draw from one seed unless another is asked for.
fc.configureGlobal({ seed: Number(process.env.FAST_CHECK_SEED ?? 20_261_122) });
