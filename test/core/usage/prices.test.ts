/** Our prices against those of a library: where they differ, one of the two is wrong or old. */
import { calcPrice } from '@pydantic/genai-prices';
import { expect, it } from 'vitest';
import { PRICES } from '../../../src/core/usage/prices.ts';
import { costOf } from '../../../src/core/usage/pricing.ts';
import { NO_TOKENS } from '../../../src/core/usage/response.ts';

/** The library has no surcharge for long prompts of these models. */
const WITHOUT_SURCHARGE = new Set(['claude-sonnet-4']);
const AT = new Date('2026-11-20T00:00:00Z');
const shapes = [
  { input: 100_000, output: 10_000, cacheRead: 0, cacheWrite: 0, cacheWrite5m: 0, cacheWrite1h: 0 },
  { input: 50_000, output: 10_000, cacheRead: 250_000, cacheWrite: 0, cacheWrite5m: 0, cacheWrite1h: 0 },
  { input: 1000, output: 1000, cacheRead: 1000, cacheWrite: 9000, cacheWrite5m: 4000, cacheWrite1h: 5000 },
];

it.each(Object.keys(PRICES))('%s has the price of the library', (model) => {
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
      isUs: false,
      isFast: false,
      isBatch: false,
    });
    expect(ours.isEstimated).toBe(false);
    expect(theirs, `the library does not know ${name}`).not.toBeNull();
    expect(ours.microUsd).toBe(Math.floor((theirs?.total_price ?? 0) * 1e6 + 0.5 + 1e-6));
  }
});

it('fast mode of unknown price costs more than any known one, and is marked as estimated', () => {
  const cost = (model: string, isFast: boolean) =>
    costOf({
      model,
      at: 0,
      tokens: { ...NO_TOKENS, input: 1_000_000 },
      webSearches: 0,
      isUs: false,
      isFast,
      isBatch: false,
    });
  expect(cost('claude-opus-4-8', true)).toEqual({ microUsd: 10_000_000, isEstimated: false });
  expect(cost('claude-opus-4-6', false).isEstimated).toBe(false);
  expect(cost('claude-opus-4-6', true).isEstimated).toBe(true);
  expect(cost('claude-opus-4-6', true).microUsd).toBeGreaterThan(10_000_000);
});
