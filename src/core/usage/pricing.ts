/**
 * Cost of a response in whole micro-dollars, rounded once. An unknown model is priced like the dearest model of today and
 * marked as estimated, so that unknown usage is never free.
 */
import type { StatedPrice, StatedPrices } from '../settings/prices.ts';
import { modelName } from './model-name.ts';
import type { Price, PriceTable } from './prices.ts';
import {
  BATCH_FACTOR,
  DEAREST_FAST_FACTOR,
  PRICES,
  PRICES_AS_OF,
  priceRow,
  TODAY,
  WEB_SEARCH_MICRO_USD,
} from './prices.ts';
import { cacheWritten, type Response } from './response.ts';

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

/** Prices that a person has kept from a file. */
export interface KeptPrices {
  /** Day of the prices, like 2026-11-28. */
  readonly asOf: string;
  /** Name of the file they came from. */
  readonly source: string;
  readonly table: PriceTable;
}

/** A stated price; what it leaves out is as in `base`, or follows from its input price. */
function stated({ input, output, cacheRead, cacheWrite, cacheWrite1h }: StatedPrice, base: Price): Price {
  const isOwn = input !== null;
  const usual = isOwn ? priceRow({ input, output: base.output, source: 'config.yaml' }) : base;
  return {
    ...usual,
    output: output ?? base.output,
    cacheRead: cacheRead ?? usual.cacheRead,
    cacheWrite5m: cacheWrite ?? usual.cacheWrite5m,
    cacheWrite1h: cacheWrite1h ?? usual.cacheWrite1h,
    fastFactor: isOwn ? 1 : base.fastFactor,
    ultrafastFactor: isOwn ? 1 : base.ultrafastFactor,
    source: 'config.yaml',
    from: '',
  };
}

const isBuiltIn = (name: string): boolean => Object.hasOwn(PRICES, name);

/** A table under its own names and, where no other row has them, under plain names too. */
function withPlainNames(table: PriceTable): PriceTable {
  const plain: Record<string, readonly Price[]> = {};
  for (const [model, rows] of Object.entries(table)) plain[modelName(model, isBuiltIn).name] ??= rows;
  return { ...plain, ...table };
}

/**
 * The book of all prices: stated ones first, then the kept ones if they are at least as new as the program's, then the
 * program's. Older kept prices count for models that the program does not know.
 */
export function bookOf(statedPrices: StatedPrices, kept: KeptPrices | null): PriceBook {
  if (statedPrices.size === 0 && kept === null) return BUILT_IN;
  const isNew = isNewer(kept);
  const others = Object.entries(withPlainNames(kept?.table ?? {})).filter(
    ([model]) => isNew || BUILT_IN.find(model) === null,
  );
  const without = new PriceBook({ ...PRICES, ...Object.fromEntries(others) });
  const own = [...statedPrices].map(([model, price]): [string, readonly Price[]] => {
    const known = without.find(model);
    return [model, [stated(price, known === null ? DEAREST.price : latest(known.rows))]];
  });
  return new PriceBook({ ...without.table, ...withPlainNames(Object.fromEntries(own)) });
}

/** True if kept prices are at least as new as those of the program. */
export const isNewer = (kept: KeptPrices | null): boolean => kept !== null && kept.asOf >= PRICES_AS_OF;

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
