/**
 * Cost of a response in whole micro-dollars, rounded once. An unknown model is priced like the dearest model of today and
 * marked as estimated, so that unknown usage is never free.
 */
import { modelName } from './model-name.ts';
import type { Price, PriceTable } from './prices.ts';
import { BATCH_FACTOR, DEAREST_FAST_FACTOR, PRICES, TODAY, WEB_SEARCH_MICRO_USD } from './prices.ts';
import type { Response } from './response.ts';
import { cacheWritten } from './response.ts';

export interface Cost {
  readonly microUsd: number;
  /** The model or its fast mode has no known price. */
  readonly isEstimated: boolean;
}

export type Priced = Pick<
  Response,
  'model' | 'at' | 'tokens' | 'webSearches' | 'longestPrompt' | 'isUs' | 'speed' | 'isBatch'
>;

/** A model with the rows of its price. */
interface Found {
  readonly rows: readonly Price[];
  readonly isFast: boolean;
}

const latest = (rows: readonly Price[]): Price => rows[rows.length - 1] as Price;

/** The dearest models of a table, and the highest of the latest prices, field by field. */
function dearestOf(table: PriceTable): { readonly name: string; readonly price: Price } {
  const prices = Object.entries(table).map(([name, rows]) => ({ name, price: latest(rows) }));
  const most = (rate: 'input' | 'output' | 'cacheRead' | 'cacheWrite5m' | 'cacheWrite1h' | 'usFactor'): number =>
    Math.max(...prices.map(({ price }) => price[rate]));
  const mostFactor = (factor: 'fastFactor' | 'ultrafastFactor'): number =>
    Math.max(...prices.map(({ price }) => price[factor] ?? 1));
  const input = most('input');
  const output = most('output');
  const { name, price } =
    prices.find((one) => one.price.input === input && one.price.output === output) ??
    (prices[0] as (typeof prices)[number]);
  return {
    name,
    price: {
      ...price,
      from: '',
      input,
      output,
      cacheRead: most('cacheRead'),
      cacheWrite5m: most('cacheWrite5m'),
      cacheWrite1h: most('cacheWrite1h'),
      usFactor: most('usFactor'),
      longAbove: null,
      fastFactor: mostFactor('fastFactor'),
      ultrafastFactor: mostFactor('ultrafastFactor'),
    },
  };
}

/** The model whose price an unknown model gets, and that price. */
export const DEAREST = dearestOf(TODAY);

/** The prices that hold: those of the program, or other ones that a person has stated or kept. */
export class PriceBook {
  readonly table: PriceTable;
  readonly #found = new Map<string, Found | null>();

  constructor(table: PriceTable) {
    this.table = table;
  }

  /** The rows for a model in any spelling; null for an unknown model. */
  find(model: string): Found | null {
    const cached = this.#found.get(model);
    if (cached !== undefined) return cached;
    const { name, isFast } = modelName(model, (one) => Object.hasOwn(this.table, one));
    const rows = Object.hasOwn(this.table, name) ? (this.table[name] as readonly Price[]) : null;
    const found = rows === null ? null : { rows, isFast };
    this.#found.set(model, found);
    return found;
  }
}

export const BUILT_IN = new PriceBook(PRICES);

function priceAt(rows: readonly Price[], at: number): Price {
  if (at === 0) return latest(rows);
  return rows.findLast(({ from }) => from === '' || Date.parse(from) <= at) ?? (rows[0] as Price);
}

/** Money is summed in whole millionths of a micro-dollar, so that only the last step rounds. */
const PICO = 1_000_000;
const pico = (price: number): number => Math.round(price * PICO);
const scaled = (amount: number, factor: number): number => (amount * Math.round(factor * 100)) / 100;

/** Factor for the speed; null if it is unknown. */
function speedFactor(price: Price, speed: Response['speed'], isLong: boolean): number | null {
  if (speed === 'standard' || (isLong && !price.isFastWhenLong)) return 1;
  return speed === 'fast' ? price.fastFactor : price.ultrafastFactor;
}

/** The cost of one response at the price of its day. */
export function costOf(
  { model, at, tokens, webSearches, longestPrompt, isUs, speed, isBatch }: Priced,
  book: PriceBook = BUILT_IN,
): Cost {
  const known = book.find(model);
  const price = known === null ? DEAREST.price : priceAt(known.rows, at);
  const written = cacheWritten(tokens);
  const longest = longestPrompt === 0 ? tokens.input + tokens.cacheRead + written : longestPrompt;
  const isLong = price.longAbove !== null && longest > price.longAbove;
  const prompt =
    tokens.input * pico(price.input) +
    tokens.cacheRead * pico(price.cacheRead) +
    (written - tokens.cacheWrite1h) * pico(price.cacheWrite5m) +
    tokens.cacheWrite1h * pico(price.cacheWrite1h);
  const factor = speedFactor(price, known?.isFast === true && speed === 'standard' ? 'fast' : speed, isLong);
  let amount =
    scaled(prompt, isLong ? price.longInput : 1) +
    scaled(tokens.output * pico(price.output), isLong ? price.longOutput : 1);
  amount = scaled(amount, factor ?? DEAREST_FAST_FACTOR);
  if (isUs) amount = scaled(amount, price.usFactor);
  if (isBatch) amount = scaled(amount, BATCH_FACTOR);
  return {
    microUsd: Math.floor(amount / PICO + 0.5) + webSearches * WEB_SEARCH_MICRO_USD,
    isEstimated: known === null || factor === null,
  };
}
