/** Files of prices: our own form, which `prices --json` prints too, and LiteLLM's table of models. */
import { MOST_RATE } from '../settings/prices.ts';
import { asList, asMap, asText, type RawMap, ShapeError } from '../shape.ts';
import { type Price, type PriceTable, priceRow } from './prices.ts';
import type { KeptPrices } from './pricing.ts';

const MILLION = 1_000_000;
const MOST_FACTOR = 100;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
/** Kinds of LiteLLM's models that answer in text. */
const MODES = ['chat', 'completion', 'responses'];

export interface ReadPrices extends KeptPrices {
  /** Models without a usable price: pictures, embeddings, models that cost nothing. */
  readonly skipped: number;
}

/** A number from 0 to `most`, or null where it is missing. */
function numberIn(map: RawMap, key: string, path: readonly string[], most: number): number | null {
  const value = map[key];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'number' || !(value >= 0 && value <= most))
    throw new ShapeError([...path, key], `a number from 0 to ${most}`, value);
  return value;
}

type Present<T> = { [Name in keyof T]?: NonNullable<T[Name]> };
const only = <T extends object>(values: T): Present<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)) as Present<T>;

function ownRow(entry: RawMap, path: readonly string[], source: string): Price {
  const rate = (key: string): number | null => numberIn(entry, key, path, MOST_RATE);
  const factor = (key: string): number | null => numberIn(entry, key, path, MOST_FACTOR);
  const needed = (key: string): number => {
    const value = rate(key);
    if (value === null) throw new ShapeError([...path, key], 'US dollars for a million tokens', entry[key]);
    return value;
  };
  const from = entry.from ?? '';
  if (typeof from !== 'string' || (from !== '' && !DAY.test(from)))
    throw new ShapeError([...path, 'from'], 'a day like 2026-11-28', from);
  const more = only({
    cacheRead: rate('cache_read'),
    cacheWrite5m: rate('cache_write'),
    cacheWrite1h: rate('cache_write_1h'),
    longAbove: numberIn(entry, 'long_above', path, Number.MAX_SAFE_INTEGER),
    longInput: factor('long_input_factor'),
    longOutput: factor('long_output_factor'),
    usFactor: factor('us_factor'),
    fastFactor: factor('fast_factor'),
    ultrafastFactor: factor('ultrafast_factor'),
  });
  return priceRow({
    input: needed('input'),
    output: needed('output'),
    source,
    from,
    isFastWhenLong: entry.fast_when_long !== false,
    ...more,
  });
}

function ownTable(file: RawMap, source: string): PriceTable {
  const table: Record<string, Price[]> = {};
  for (const [at, one] of asList(file.models, ['models']).entries()) {
    const entry = asMap(one, ['models', String(at)]);
    const model = asText(entry.model, ['models', String(at), 'model']).toLowerCase();
    const rows = table[model] ?? [];
    table[model] = [...rows, ownRow(entry, ['models', model], source)].sort((a, b) => (a.from < b.from ? -1 : 1));
  }
  return table;
}

const LONG_KEY = /^input_cost_per_token_above_(\d+)k_tokens$/;

/** Null for a model without prices for text. */
function liteRow(entry: RawMap, model: string, source: string): Price | null {
  const rate = (key: string): number | null => {
    const value = numberIn(entry, key, [model], MOST_RATE / MILLION);
    return value === null ? null : Math.round(value * MILLION * MILLION) / MILLION;
  };
  const [input, output] = [rate('input_cost_per_token'), rate('output_cost_per_token')];
  const isText = entry.mode === undefined || MODES.includes(String(entry.mode));
  if (!isText || input === null || output === null || input + output === 0) return null;
  const longKey = Object.keys(entry).find((key) => LONG_KEY.test(key));
  const thousands = Number(LONG_KEY.exec(longKey ?? '')?.[1] ?? 0);
  const long = longKey === undefined ? null : rate(longKey);
  const longOutput = rate(`output_cost_per_token_above_${thousands}k_tokens`);
  const fast = rate('input_cost_per_token_priority');
  const more = only({
    cacheRead: rate('cache_read_input_token_cost'),
    cacheWrite5m: rate('cache_creation_input_token_cost'),
    cacheWrite1h: rate('cache_creation_input_token_cost_above_1hr'),
    longAbove: long === null ? null : thousands * 1000,
    longInput: long === null || input === 0 ? null : long / input,
    longOutput: longOutput === null || output === 0 ? null : longOutput / output,
    fastFactor: fast === null || input === 0 ? null : fast / input,
  });
  // Where LiteLLM names no price for the cache, such tokens cost what other input costs.
  return priceRow({ input, output, cacheRead: input, cacheWrite5m: input, cacheWrite1h: input, source, ...more });
}

function liteTable(file: RawMap, source: string): { readonly table: PriceTable; readonly skipped: number } {
  const table: Record<string, readonly Price[]> = {};
  let skipped = 0;
  for (const [name, one] of Object.entries(file)) {
    if (name === 'sample_spec') continue;
    const row = liteRow(asMap(one, [name]), name, source);
    if (row === null) skipped += 1;
    else table[name.toLowerCase()] = [row];
  }
  return { table, skipped };
}

/**
 * The prices in the text of a file. `name` is the name of the file, `day` the day of its last change, which counts unless
 * it names its own. Throws ShapeError or SyntaxError for anything that is no table of sound prices.
 */
export function readPrices(text: string, name: string, day: string): ReadPrices {
  const file = asMap(JSON.parse(text.replace(/^\uFEFF/, '')), []);
  const isOwn = 'models' in file && Array.isArray(file.models);
  const source = isOwn && typeof file.source === 'string' ? file.source : name;
  const { table, skipped } = isOwn ? { table: ownTable(file, source), skipped: 0 } : liteTable(file, source);
  if (Object.keys(table).length === 0) throw new ShapeError([], 'at least one model with a price', {});
  const asOf = file.as_of ?? day;
  if (typeof asOf !== 'string' || !DAY.test(asOf)) throw new ShapeError(['as_of'], 'a day like 2026-11-28', asOf);
  return { asOf, source, table, skipped };
}

const round = (price: number): number => Math.round(price * MILLION) / MILLION;

/** One row of a table in our own form. */
const rowJson = (model: string, price: Price) => ({
  model,
  from: price.from === '' ? null : price.from,
  input: round(price.input),
  output: round(price.output),
  cache_read: round(price.cacheRead),
  cache_write: round(price.cacheWrite5m),
  cache_write_1h: round(price.cacheWrite1h),
  long_above: price.longAbove,
  long_input_factor: round(price.longInput),
  long_output_factor: round(price.longOutput),
  us_factor: price.usFactor,
  fast_factor: price.fastFactor === null ? null : round(price.fastFactor),
  fast_when_long: price.isFastWhenLong,
  ultrafast_factor: price.ultrafastFactor,
  source: price.source,
});

/** A table in our own form. */
export const tableJson = (table: PriceTable) =>
  Object.entries(table).flatMap(([model, rows]) => rows.map((price) => rowJson(model, price)));
