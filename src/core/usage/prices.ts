/**
 * List prices of Anthropic and OpenAI as of November 2026, in US dollars per million tokens, i.e. micro-dollars per token.
 * A model whose price changed has one row per price.
 */
export interface Price {
  /** First day of this price; '' for the original price. */
  readonly from: string;
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  /** Prompts of more tokens cost double, and their answers 1.5 times as much; null for no surcharge. */
  readonly longAbove: number | null;
  /** Price factor when served from the United States only. */
  readonly usFactor: number;
  /** Price factor in fast mode; null if unknown. */
  readonly fastFactor: number | null;
}

export const LONG_INPUT_FACTOR = 2;
export const LONG_OUTPUT_FACTOR = 1.5;
/** For models whose fast-mode price is unknown: above every known factor; the cost is marked as estimated. */
export const DEAREST_FAST_FACTOR = 6;
export const BATCH_FACTOR = 0.5;
export const WEB_SEARCH_MICRO_USD = 10_000;

type Row = Partial<Price> & Pick<Price, 'input' | 'output'>;

/** By default a cache read costs a tenth of the input price, a cache write 1.25 times it, or twice for one hour. */
const row = (given: Row): Price => ({
  from: '',
  cacheRead: given.input / 10,
  cacheWrite5m: given.input * 1.25,
  cacheWrite1h: given.input * 2,
  longAbove: null,
  usFactor: 1,
  fastFactor: null,
  ...given,
});

const opus = (more: Partial<Price> = {}): Price => row({ input: 5, output: 25, ...more });
const sonnet = (more: Partial<Price> = {}): Price => row({ input: 3, output: 15, ...more });
const OLD_OPUS = row({ input: 15, output: 75 });
const US = { usFactor: 1.1 };
/** First day on which long prompts of the 4.6 models have no surcharge. */
const FLAT_FROM = '2026-03-13';

const gpt = (input: number, output: number, more: Partial<Price> = {}): Price =>
  row({ input, output, cacheWrite5m: input, cacheWrite1h: input, ...more });
const LONG_GPT = { longAbove: 271_999 };

/** Rows by model name, latest last. */
export const PRICES: Readonly<Record<string, readonly Price[]>> = {
  'claude-fable-5': [row({ input: 10, output: 50, ...US })],
  'claude-opus-5': [opus({ ...US, fastFactor: 2 })],
  'claude-opus-4-8': [opus({ ...US, fastFactor: 2 })],
  'claude-opus-4-7': [opus({ ...US })],
  'claude-opus-4-6': [opus({ ...US, longAbove: 200_000 }), opus({ ...US, from: FLAT_FROM })],
  'claude-opus-4-5': [opus()],
  'claude-opus-4-1': [OLD_OPUS],
  'claude-opus-4': [OLD_OPUS],
  'claude-3-opus': [OLD_OPUS],
  'claude-sonnet-5': [row({ input: 2, output: 10, ...US })],
  'claude-sonnet-4-6': [sonnet({ ...US, longAbove: 200_000 }), sonnet({ ...US, from: FLAT_FROM })],
  'claude-sonnet-4-5': [sonnet({ longAbove: 200_000 })],
  'claude-sonnet-4': [sonnet({ longAbove: 200_000 })],
  'claude-3-7-sonnet': [sonnet()],
  'claude-3-5-sonnet': [sonnet()],
  'claude-haiku-4-5': [row({ input: 1, output: 5 })],
  'claude-3-5-haiku': [row({ input: 0.8, output: 4 })],
  'claude-3-haiku': [row({ input: 0.25, output: 1.25, cacheRead: 0.03, cacheWrite5m: 0.3 })],
  'gpt-5.6': [
    row({ input: 5, output: 30, ...LONG_GPT }),
    row({ input: 4, output: 20, from: '2026-08-21', ...LONG_GPT }),
  ],
  'gpt-5.5': [gpt(5, 30, LONG_GPT)],
  'gpt-5.4': [gpt(2.5, 15, LONG_GPT)],
  'gpt-5.4-mini': [gpt(0.75, 4.5)],
  'gpt-5.3-codex': [gpt(1.75, 14)],
  'gpt-5.2': [gpt(1.75, 14)],
  'gpt-5.2-codex': [gpt(1.75, 14)],
  'gpt-5.1': [gpt(1.25, 10)],
  'gpt-5.1-codex': [gpt(1.25, 10)],
  'gpt-5.1-codex-max': [gpt(1.25, 10)],
  'gpt-5.1-codex-mini': [gpt(0.25, 2)],
  'gpt-5': [gpt(1.25, 10)],
  'gpt-5-codex': [gpt(1.25, 10)],
  'gpt-5-mini': [gpt(0.25, 2)],
  'gpt-5-nano': [gpt(0.05, 0.4)],
  o3: [gpt(10, 40, { cacheRead: 0.5 }), gpt(2, 8, { cacheRead: 0.5, from: '2025-06-10' })],
  'o4-mini': [gpt(1.1, 4.4, { cacheRead: 0.275 })],
  'gpt-4.1': [gpt(2, 8, { cacheRead: 0.5 })],
};
