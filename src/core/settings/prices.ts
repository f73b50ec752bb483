/** `prices:` of config.yaml: prices that a person states, by model. */
import { modelName, number } from './kinds.ts';
import { type Each, rowOrNull, type SectionRow, type Values } from './rows.ts';

/** Most dollars for a million tokens; more is a price for one token or a slip. */
export const MOST_RATE = 10_000;
const rate = number(0, MOST_RATE);

const PRICE = {
  input: rowOrNull('input', rate, 'its price without this entry', 'US dollars for a million tokens of input.'),
  output: rowOrNull('output', rate, 'its price without this entry', 'US dollars for a million tokens of output.'),
  cacheRead: rowOrNull('cache_read', rate, 'a tenth of `input`', 'The same for tokens read from the cache.'),
  cacheWrite: rowOrNull('cache_write', rate, '1.25 times `input`', 'The same for tokens written to the cache.'),
  cacheWrite1h: rowOrNull(
    'cache_write_1h',
    rate,
    'twice `input`',
    'The same for tokens that are written to the cache for an hour.',
  ),
};
export type StatedPrice = Values<typeof PRICE>;

export const STATED_PRICES: Each<string, SectionRow<typeof PRICE>> = {
  key: 'prices',
  name: 'MODEL',
  keyOf: (name, path) => modelName.read(name, path).toLowerCase(),
  item: { key: 'MODEL', rows: PRICE },
};
export type StatedPrices = ReadonlyMap<string, StatedPrice>;
