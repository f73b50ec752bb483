/** The port to the prices that a person keeps beside the state, and to files of prices. */
import type { ReadPrices } from '../core/usage/price-file.ts';
import type { KeptPrices } from '../core/usage/pricing.ts';

export interface Prices {
  /** File of the kept prices. */
  readonly path: string;
  /** The kept prices; null without any. Throws ExpectedError 65 for a damaged file, 74, 77. */
  kept(): KeptPrices | null;
  /** The prices in a file. Throws ExpectedError 65 if it contains anything else, 66 if it is absent, 74, 77. */
  read(path: string): ReadPrices;
  /** Keeps the prices in place of those before, at once and durably. Throws ExpectedError (74, 77). */
  keep(prices: KeptPrices): void;
}

export type OpenPrices = { openPrices(): Promise<Prices> };
