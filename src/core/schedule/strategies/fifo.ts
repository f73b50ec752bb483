import type { Strategy } from './strategy.ts';

/** Strict arrival order; nothing overtakes the first that does not fit. */
export const fifo: Strategy = {
  overtakes: false,
  order: (arrivals) => [...arrivals],
  entitlements: () => null,
};
