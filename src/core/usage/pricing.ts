/**
 * Cost of a response in whole micro-dollars, rounded once. An unknown model is priced like the most expensive known model
 * of its kind and marked as estimated, so that unknown usage is never free.
 */
import type { Price } from './prices.ts';
import {
  BATCH_FACTOR,
  DEAREST_FAST_FACTOR,
  LONG_INPUT_FACTOR,
  LONG_OUTPUT_FACTOR,
  PRICES,
  WEB_SEARCH_MICRO_USD,
} from './prices.ts';
import type { Response } from './response.ts';
import { cacheWritten } from './response.ts';

export interface Cost {
  readonly microUsd: number;
  /** The model or its fast mode has no known price. */
  readonly isEstimated: boolean;
}

export type Priced = Pick<Response, 'model' | 'at' | 'tokens' | 'webSearches' | 'isUs' | 'isFast' | 'isBatch'>;

/** Name of a model in the price table: without provider, region, date and variant. */
export const plainModelName = (model: string): string =>
  model
    .toLowerCase()
    .replace(/^.*\//, '')
    .replace(/^(?:[a-z]{2,6}\.)?anthropic\./, '')
    .replace(/\[1m\]$/, '')
    .replace(/-v\d+(?::\d+)?$/, '')
    .replace(/[-@](?:\d{8}|\d{4}-\d{2}-\d{2})$/, '')
    .replace(/-latest$/, '')
    .replace(/^(claude-(?:opus|sonnet)-4)-0$/, '$1');

const latest = (rows: readonly Price[]): Price => rows[rows.length - 1] as Price;

/** The highest of these prices, field by field. */
function dearest(prices: readonly Price[]): Price {
  const most = (rate: 'input' | 'output' | 'cacheRead' | 'cacheWrite5m' | 'cacheWrite1h' | 'usFactor'): number =>
    Math.max(...prices.map((price) => price[rate]));
  return {
    from: '',
    input: most('input'),
    output: most('output'),
    cacheRead: most('cacheRead'),
    cacheWrite5m: most('cacheWrite5m'),
    cacheWrite1h: most('cacheWrite1h'),
    longAbove: null,
    usFactor: most('usFactor'),
    fastFactor: null,
  };
}

const dearestOf = (names: readonly string[]): Price =>
  dearest(names.map((name) => latest(PRICES[name] as readonly Price[])));
const DEAREST_CLAUDE = dearestOf(Object.keys(PRICES).filter((name) => name.startsWith('claude')));
const DEAREST = dearestOf(Object.keys(PRICES));

function priceAt(rows: readonly Price[], at: number): Price {
  if (at === 0) return latest(rows);
  return rows.findLast(({ from }) => from === '' || Date.parse(from) <= at) ?? (rows[0] as Price);
}

function priceOf(model: string, at: number): Price | null {
  const name = plainModelName(model);
  return Object.hasOwn(PRICES, name) ? priceAt(PRICES[name] as readonly Price[], at) : null;
}

/** Money is summed in whole millionths of a micro-dollar, so that only the last step rounds. */
const PICO = 1_000_000;
const pico = (price: number): number => Math.round(price * PICO);
const scaled = (amount: number, factor: number): number => (amount * Math.round(factor * 10)) / 10;

/** The cost of one response at the price of its day. */
export function costOf({ model, at, tokens, webSearches, isUs, isFast, isBatch }: Priced): Cost {
  const known = priceOf(model, at);
  const price = known ?? (plainModelName(model).startsWith('claude') ? DEAREST_CLAUDE : DEAREST);
  const written = cacheWritten(tokens);
  const isLong = price.longAbove !== null && tokens.input + tokens.cacheRead + written > price.longAbove;
  const prompt =
    tokens.input * pico(price.input) +
    tokens.cacheRead * pico(price.cacheRead) +
    (written - tokens.cacheWrite1h) * pico(price.cacheWrite5m) +
    tokens.cacheWrite1h * pico(price.cacheWrite1h);
  let amount =
    scaled(prompt, isLong ? LONG_INPUT_FACTOR : 1) +
    scaled(tokens.output * pico(price.output), isLong ? LONG_OUTPUT_FACTOR : 1);
  if (isFast) amount = scaled(amount, price.fastFactor ?? DEAREST_FAST_FACTOR);
  if (isUs) amount = scaled(amount, price.usFactor);
  if (isBatch) amount = scaled(amount, BATCH_FACTOR);
  return {
    microUsd: Math.floor(amount / PICO + 0.5) + webSearches * WEB_SEARCH_MICRO_USD,
    isEstimated: known === null || (isFast && known.fastFactor === null),
  };
}
