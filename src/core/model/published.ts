/** Amounts as they are published and kept: tokens, seconds, dollars. Inside they are tokens, milliseconds, micro-dollars. */
import type { Dimension, Usage } from './budget.ts';
import { DIMENSIONS } from './budget.ts';
import type { KeptRecord } from './record.ts';
import { numberIn } from './record.ts';

export type PublishedName = 'tokens' | 'time_seconds' | 'cost';

interface Published {
  readonly name: PublishedName;
  readonly unit: 'tokens' | 'seconds' | 'dollars';
  /** How many of ours make one of that unit. */
  readonly per: number;
}

export const PUBLISHED: Readonly<Record<Dimension, Published>> = {
  tokens: { name: 'tokens', unit: 'tokens', per: 1 },
  timeMs: { name: 'time_seconds', unit: 'seconds', per: 1000 },
  costMicroUsd: { name: 'cost', unit: 'dollars', per: 1e6 },
};

export const published = (dimension: Dimension, amount: number): number => amount / PUBLISHED[dimension].per;

/** The dimension of this name; undefined when there is none. */
export const dimensionNamed = (name: string | null): Dimension | undefined =>
  DIMENSIONS.find((dimension) => PUBLISHED[dimension].name === name);

/** What a record tells of the dimension, in our unit; 0 when it tells nothing. */
export const amountIn = (record: KeptRecord, dimension: Dimension, key: string = PUBLISHED[dimension].name): number =>
  Math.round((numberIn(record, key) ?? 0) * PUBLISHED[dimension].per);

/** What a record of usage tells was used. */
export const usageIn = (record: KeptRecord): Usage => ({
  tokens: amountIn(record, 'tokens'),
  timeMs: amountIn(record, 'timeMs'),
  costMicroUsd: amountIn(record, 'costMicroUsd'),
});
