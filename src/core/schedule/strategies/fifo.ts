import type { Strategy } from './strategy.ts';

/** Strict arrival order; no request overtakes the first one that does not fit. */
export const fifo: Strategy = {
  overtakes: false,
  order: (arrivals) => [...arrivals],
  entitlements: () => null,
};
