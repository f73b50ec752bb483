/** Our prices against those of a library and of newer lists: where they differ, one of the two is wrong or old. */
import { calcPrice } from '@pydantic/genai-prices';
import { expect, it } from 'vitest';
import type { Price } from '../../../src/core/usage/prices.ts';
import { PRICES, SOURCES, TODAY } from '../../../src/core/usage/prices.ts';
import { costOf, DEAREST } from '../../../src/core/usage/pricing.ts';
import type { Speed } from '../../../src/core/usage/response.ts';
import { NO_TOKENS } from '../../../src/core/usage/response.ts';

/** The library has no surcharge for long prompts of these models. */
const WITHOUT_SURCHARGE = new Set(['claude-sonnet-4']);
/** The library's release is older than these models or prices; their figures are below. */
const NEWER = {
  'claude-fable-5-2': [8, 40, 0.2, 10, 16],
  'claude-mythos-5-1': [10, 50, 0.25, 12.5, 20],
  'claude-mythos-5': [10, 50, 1, 12.5, 20],
  'claude-sonnet-5-5': [2, 10, 0.1, 2.5, 4],
  'claude-haiku-5-5': [0.1, 0.5, 0.01, 0.125, 0.2],
  'gpt-6.2-sol': [2, 10, 0.1, 2.5, 2.5],
  'gpt-6.1-sol': [2, 10, 0.1, 2.5, 2.5],
};
const AT = new Date('2026-11-20T00:00:00Z');
const shapes = [
  { input: 100_000, output: 10_000, cacheRead: 0, cacheWrite: 0, cacheWrite5m: 0, cacheWrite1h: 0 },
  { input: 50_000, output: 10_000, cacheRead: 250_000, cacheWrite: 0, cacheWrite5m: 0, cacheWrite1h: 0 },
  { input: 1000, output: 1000, cacheRead: 1000, cacheWrite: 9000, cacheWrite5m: 4000, cacheWrite1h: 5000 },
];

it.each(Object.entries(NEWER))('%s has its list price', (model, want) => {
  const price = PRICES[model]?.at(-1) as Price;
  const rates = [price.input, price.output, price.cacheRead, price.cacheWrite5m, price.cacheWrite1h];
  expect(rates.map((rate) => Math.round(rate * 1e6) / 1e6)).toEqual(want);
});

it.each(Object.keys(PRICES).filter((model) => !(model in NEWER)))('%s has the price of the library', (model) => {
  for (const tokens of shapes) {
    // Only Anthropic has a price for one-hour cache writes.
    if (tokens.cacheWrite > 0 && !model.startsWith('claude')) continue;
    if (tokens.cacheRead > 200_000 && WITHOUT_SURCHARGE.has(model)) continue;
    const name = model === 'claude-sonnet-4' || model === 'claude-opus-4' ? `${model}-0` : model;
    const theirs = calcPrice(
      {
        input_tokens: tokens.input + tokens.cacheRead + tokens.cacheWrite,
        output_tokens: tokens.output,
        cache_read_tokens: tokens.cacheRead,
        cache_write_tokens: tokens.cacheWrite,
        cache_write_1h_tokens: tokens.cacheWrite1h,
      } as never,
      name,
      { timestamp: AT },
    );
    const ours = costOf({
      model,
      at: AT.getTime(),
      tokens,
      webSearches: 0,
      longestPrompt: 0,
      isUs: false,
      speed: 'standard',
      isBatch: false,
    });
    expect(ours.isEstimated).toBe(false);
    expect(theirs, `the library does not know ${name}`).not.toBeNull();
    expect(ours.microUsd).toBe(Math.floor((theirs?.total_price ?? 0) * 1e6 + 0.5 + 1e-6));
  }
});

const cost = (model: string, speed: Speed = 'standard') =>
  costOf({
    model,
    at: 0,
    tokens: { ...NO_TOKENS, input: 1_000_000 },
    webSearches: 0,
    longestPrompt: 0,
    isUs: false,
    speed,
    isBatch: false,
  });

it('fast mode of unknown price costs more than any known one, and is marked as estimated', () => {
  expect(cost('claude-opus-4-8', 'fast')).toEqual({ microUsd: 10_000_000, isEstimated: false });
  expect(cost('claude-opus-4-6').isEstimated).toBe(false);
  expect(cost('claude-opus-4-6', 'fast').isEstimated).toBe(true);
  expect(cost('claude-opus-4-6', 'fast').microUsd).toBeGreaterThan(10_000_000);
  expect(cost('gpt-6.1-sol', 'ultrafast').microUsd).toBe(3 * cost('gpt-6.1-sol', 'fast').microUsd);
});

it('every row names its source, and the first row of a model has no first day', () => {
  for (const [model, rows] of Object.entries(PRICES)) {
    for (const { source } of rows) expect(Object.keys(SOURCES), model).toContain(source);
    expect(rows.map(({ from }) => from)).toEqual([...rows.map(({ from }) => from)].sort());
    expect(rows[0]?.from, model).toBe('');
  }
});

it('an unknown model costs what the dearest model of today costs', () => {
  expect([DEAREST.name, DEAREST.price.input, DEAREST.price.output]).toEqual(['claude-fable-5-1', 10, 50]);
  for (const rows of Object.values(TODAY)) {
    const price = rows.at(-1) as Price;
    for (const rate of ['input', 'output', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h'] as const)
      expect(DEAREST.price[rate]).toBeGreaterThanOrEqual(price[rate]);
  }
});
