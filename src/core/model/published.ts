/** Published amounts are tokens, seconds and dollars; internal ones are tokens, milliseconds and micro-dollars. */
import { DIMENSIONS, type Dimension, type Usage } from './budget.ts';
import { type KeptRecord, numberIn } from './record.ts';

export type PublishedName = 'tokens' | 'time_seconds' | 'cost';

interface Published {
  readonly name: PublishedName;
  readonly unit: 'tokens' | 'seconds' | 'dollars';
  /** Internal units per published unit. */
  readonly per: number;
}

export const PUBLISHED: Readonly<Record<Dimension, Published>> = {
  tokens: { name: 'tokens', unit: 'tokens', per: 1 },
  timeMs: { name: 'time_seconds', unit: 'seconds', per: 1000 },
  costMicroUsd: { name: 'cost', unit: 'dollars', per: 1e6 },
};

export const published = (dimension: Dimension, amount: number): number => amount / PUBLISHED[dimension].per;

/** The dimension with this published name; undefined if there is none. */
export const dimensionNamed = (name: string | null): Dimension | undefined =>
  DIMENSIONS.find((dimension) => PUBLISHED[dimension].name === name);

/** Amount of the dimension in a record, in internal units; 0 if it is absent. */
export const amountIn = (record: KeptRecord, dimension: Dimension, key: string = PUBLISHED[dimension].name): number =>
  Math.round((numberIn(record, key) ?? 0) * PUBLISHED[dimension].per);

/** Amounts in a usage record. */
export const usageIn = (record: KeptRecord): Usage => ({
  tokens: amountIn(record, 'tokens'),
  timeMs: amountIn(record, 'timeMs'),
  costMicroUsd: amountIn(record, 'costMicroUsd'),
});
