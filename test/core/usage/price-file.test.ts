/** Files of prices, and the book that stated, kept and built-in prices make together. */
import { describe, expect, it } from 'vitest';
import { readSettings } from '../../../src/core/settings/settings.ts';
import { readPrices, tableJson } from '../../../src/core/usage/price-file.ts';
import { PRICES } from '../../../src/core/usage/prices.ts';
import { BUILT_IN, bookOf, costOf } from '../../../src/core/usage/pricing.ts';
import { NO_TOKENS } from '../../../src/core/usage/response.ts';

const LITE = {
  sample_spec: { input_cost_per_token: 'a number' },
  'claude-saga-9': { input_cost_per_token: 3e-6, output_cost_per_token: 1.5e-5, cache_read_input_token_cost: 3e-7 },
  'us.anthropic.claude-saga-9-v1:0': { input_cost_per_token: 3.3e-6, output_cost_per_token: 1.65e-5, mode: 'chat' },
  'acme/own-7b': { input_cost_per_token: 1e-7, output_cost_per_token: 2e-7 },
  'gpt-5.4': {
    input_cost_per_token: 1e-6,
    output_cost_per_token: 2e-6,
    input_cost_per_token_above_272k_tokens: 3e-6,
    output_cost_per_token_above_272k_tokens: 4e-6,
    input_cost_per_token_priority: 2.5e-6,
  },
  'picture-1': { mode: 'image_generation', input_cost_per_token: 1e-6, output_cost_per_token: 1e-6 },
  free: { input_cost_per_token: 0, output_cost_per_token: 0 },
};
const read = (file: unknown, day = '2027-01-01') => readPrices(JSON.stringify(file), 'lite.json', day);
const cost = (book: typeof BUILT_IN, model: string, input = 1_000_000, speed: 'standard' | 'fast' = 'standard') =>
  costOf(
    {
      model,
      at: 0,
      tokens: { ...NO_TOKENS, input },
      webSearches: 0,
      longestPrompt: 0,
      isUs: false,
      speed,
      isBatch: false,
    },
    book,
  );
const stated = (prices: object) => readSettings({ prices }).prices;
const NONE = stated({});

describe('a file of prices', () => {
  it('may be the table of LiteLLM', () => {
    const kept = read(LITE);
    expect([Object.keys(kept.table).length, kept.skipped, kept.asOf]).toEqual([4, 2, '2027-01-01']);
    const book = bookOf(NONE, kept);
    expect(cost(book, 'claude-saga-9')).toEqual({ microUsd: 3_000_000, isEstimated: false });
    expect(cost(book, 'us.anthropic.claude-saga-9-v1:0').microUsd).toBe(3_300_000);
    expect(cost(book, 'vertex_ai/claude-saga-9@20270101').microUsd).toBe(3_000_000);
    expect(cost(book, 'own-7b').microUsd).toBe(100_000);
    expect(cost(book, 'openai/gpt-5.4', 100_000).microUsd).toBe(100_000);
    expect(cost(book, 'gpt-5.4', 300_000).microUsd).toBe(900_000);
    expect(cost(book, 'gpt-5.4', 100_000, 'fast').microUsd).toBe(250_000);
    expect(cost(book, 'free').isEstimated).toBe(true);
  });
  it('may be our own, as prices --json prints it', () => {
    const again = read({ as_of: '2027-02-03', models: tableJson(PRICES) });
    expect([again.asOf, again.skipped]).toEqual(['2027-02-03', 0]);
    expect(tableJson(again.table).map(({ source: _, ...row }) => row)).toEqual(
      tableJson(PRICES).map(({ source: _, ...row }) => row),
    );
  });
  it('older than the program counts only for models that the program does not know', () => {
    const book = bookOf(NONE, read(LITE, '2026-01-01'));
    expect(cost(book, 'gpt-5.4', 100_000)).toEqual(cost(BUILT_IN, 'gpt-5.4', 100_000));
    expect(cost(book, 'claude-saga-9').microUsd).toBe(3_000_000);
  });
  it.each([
    ['a negative price', { m: { input_cost_per_token: -1, output_cost_per_token: 1e-6 } }],
    ['a price that is a text', { m: { input_cost_per_token: '3e-6', output_cost_per_token: 1e-6 } }],
    ['dollars for a million instead of for one', { m: { input_cost_per_token: 3, output_cost_per_token: 15 } }],
    ['no model', {}],
    ['no usable model', { free: { input_cost_per_token: 0, output_cost_per_token: 0 } }],
    ['a list', []],
    ['a number', 7],
    ['a model that is a number', { m: 7 }],
    ['our own without a price', { models: [{ model: 'm', input: 1 }] }],
    ['our own with a price of -1', { models: [{ model: 'm', input: 1, output: -1 }] }],
    ['our own without a name', { models: [{ input: 1, output: 1 }] }],
    ['our own with a wrong day', { as_of: 'today', models: [{ model: 'm', input: 1, output: 1 }] }],
  ])('is refused with %s', (_, file) => expect(() => read(file)).toThrow());
  it('is refused if it is cut off', () => {
    expect(() => readPrices(JSON.stringify(LITE).slice(0, 200), 'x', '2027-01-01')).toThrow(SyntaxError);
  });
});

describe('stated prices', () => {
  it('come before all others, in any spelling', () => {
    const book = bookOf(
      stated({ 'claude-opus-4.8': { input: 1, output: 2 }, 'acme/own': { input: 0, output: 0 } }),
      read(LITE),
    );
    expect(cost(book, 'us.anthropic.claude-opus-4-8-v1:0')).toEqual({ microUsd: 1_000_000, isEstimated: false });
    expect(cost(book, 'acme/own')).toEqual({ microUsd: 0, isEstimated: false });
    expect(cost(book, 'claude-opus-4-7').microUsd).toBe(5_000_000);
  });
  it('leave what they do not name as it is without them', () => {
    const book = bookOf(stated({ 'claude-opus-4-8': { output: 1 }, saga: { output: 1 } }), null);
    expect([cost(book, 'claude-opus-4-8').microUsd, cost(book, 'saga').microUsd]).toEqual([5_000_000, 10_000_000]);
  });
  it.each([
    [{ m: { input: -1, output: 1 } }, /input/],
    [{ m: { input: 1, output: 1e9 } }, /output/],
    [{ m: { input: 1, output: 1, cache: 1 } }, /cache/],
    [{ 'two words': { input: 1, output: 1 } }, /model/],
    [{ m: 3 }, /map/],
  ])('%j is refused', (prices, why) => expect(() => stated(prices)).toThrow(why));
});
