/**
 * List prices in US dollars per million tokens, which are micro-dollars per token. A model whose price changed has one row
 * for each price, the latest last. Each row names its source. Where sources disagree, the agent program's own cost figure
 * decides.
 */

/** Sources of the rows, each with the day on which it was read. */
export const SOURCES = {
  anthropic: { name: "Anthropic's price list", at: '2026-11-10' },
  'claude-code': { name: 'the cost figure of Claude Code 2.1.332', at: '2026-11-28' },
  openai: { name: "OpenAI's price list", at: '2026-11-05' },
  library: { name: '@pydantic/genai-prices 0.1.8', at: '2026-09-23' },
} as const;

export interface Price {
  /** First day of this price; '' for the original price. */
  readonly from: string;
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  /** Requests with a longer prompt have other prices; null for one price at any length. In tokens. */
  readonly longAbove: number | null;
  /** Factors for the prompt and for the answer of such a request. */
  readonly longInput: number;
  readonly longOutput: number;
  /** Price factor when served from the United States only. */
  readonly usFactor: number;
  /** Price factor in fast mode, which OpenAI calls priority; null if unknown. */
  readonly fastFactor: number | null;
  /** False if fast mode serves no long prompts, so that these have the usual price. */
  readonly isFastWhenLong: boolean;
  readonly ultrafastFactor: number | null;
  readonly source: string;
}

/** For models whose fast-mode price is unknown: above every known factor; the cost is marked as estimated. */
export const DEAREST_FAST_FACTOR = 6;
/** Batch and flex. */
export const BATCH_FACTOR = 0.5;
export const WEB_SEARCH_MICRO_USD = 10_000;

type Row = Partial<Price> & Pick<Price, 'input' | 'output' | 'source'>;

/** By default a cache read costs a tenth of the input price, a cache write 1.25 times it, or twice for one hour. */
export const priceRow = (given: Row): Price => ({
  from: '',
  cacheRead: given.input / 10,
  cacheWrite5m: given.input * 1.25,
  cacheWrite1h: given.input * 2,
  longAbove: null,
  longInput: 2,
  longOutput: 1.5,
  usFactor: 1,
  fastFactor: null,
  isFastWhenLong: true,
  ultrafastFactor: null,
  ...given,
});

const claude = (input: number, output: number, more: Partial<Price> = {}): Price =>
  priceRow({ input, output, source: 'anthropic', ...more });
const US = { usFactor: 1.1 };
/** First day on which long prompts of the 4.6 models have no surcharge. */
const FLAT_FROM = '2026-03-13';
const LONG_CLAUDE = { longAbove: 200_000 };
const OLD_OPUS = claude(15, 75);

const LONG_GPT = { longAbove: 272_000 };
/** Since GPT-5.6 a cache write costs 1.25 times the input price, however long it is kept. */
const gpt = (input: number, output: number, more: Partial<Price> = {}): Price =>
  priceRow({ input, output, cacheWrite1h: input * 1.25, source: 'openai', fastFactor: 2, ...LONG_GPT, ...more });
/** Before GPT-5.6 a cache write costs what other input costs, and fast mode serves no long prompts. */
const oldGpt = (input: number, output: number, more: Partial<Price> = {}): Price =>
  gpt(input, output, {
    cacheWrite5m: input,
    cacheWrite1h: input,
    longAbove: null,
    isFastWhenLong: false,
    ...more,
  });
const pro = (input: number, output: number, more: Partial<Price> = {}): Price =>
  oldGpt(input, output, { cacheRead: input, fastFactor: null, ...more });

export type PriceTable = Readonly<Record<string, readonly Price[]>>;

/** Models that are served today and that agent programs use; the dearest of them stands for an unknown model. */
export const TODAY: PriceTable = {
  'claude-fable-5-2': [claude(8, 40, { ...US, cacheRead: 0.2 })],
  'claude-fable-5-1': [claude(10, 50, { ...US, cacheRead: 0.25 })],
  'claude-fable-5': [claude(10, 50, US)],
  'claude-mythos-5-1': [claude(10, 50, { ...US, cacheRead: 0.25 })],
  'claude-mythos-5': [claude(10, 50, US)],
  'claude-opus-5-5': [claude(4, 20, { ...US, cacheRead: 0.2, fastFactor: 2, source: 'claude-code' })],
  'claude-opus-5': [claude(5, 25, { ...US, fastFactor: 2 })],
  'claude-opus-4-8': [claude(5, 25, { ...US, fastFactor: 2 })],
  'claude-opus-4-7': [claude(5, 25, US)],
  'claude-opus-4-6': [claude(5, 25, { ...US, ...LONG_CLAUDE }), claude(5, 25, { ...US, from: FLAT_FROM })],
  'claude-opus-4-5': [claude(5, 25)],
  'claude-sonnet-5-5': [
    claude(2, 10, US),
    claude(2, 10, { ...US, from: '2026-10-07', cacheRead: 0.1, source: 'claude-code' }),
  ],
  'claude-sonnet-5': [claude(2, 10, US)],
  'claude-sonnet-4-6': [claude(3, 15, { ...US, ...LONG_CLAUDE }), claude(3, 15, { ...US, from: FLAT_FROM })],
  'claude-sonnet-4-5': [claude(3, 15, LONG_CLAUDE)],
  'claude-haiku-5-5': [
    claude(0.1, 0.5, { ...US, longAbove: 100_000, longInput: 5, longOutput: 5, source: 'claude-code' }),
  ],
  'claude-haiku-4-5': [claude(1, 5)],
  'gpt-6-astra': [gpt(10, 50)],
  'gpt-6.2-sol': [gpt(2, 10, { cacheRead: 0.1, ultrafastFactor: 3 })],
  'gpt-6.1-sol': [gpt(2, 10, { cacheRead: 0.1, ultrafastFactor: 6 })],
  'gpt-6-sol': [gpt(2, 10)],
  'gpt-6-luna': [gpt(0.1, 0.5)],
  'gpt-5.6-sol': [gpt(5, 30), gpt(4, 20, { from: '2026-08-21' })],
  'gpt-5.6-terra': [gpt(2.5, 15), gpt(2, 12, { from: '2026-07-30' })],
  'gpt-5.6-luna': [gpt(1, 6), gpt(0.2, 1.2, { from: '2026-07-30' })],
  'gpt-5.6': [gpt(5, 30), gpt(4, 20, { from: '2026-08-21' })],
  'gpt-5.5': [oldGpt(5, 30, { ...LONG_GPT, fastFactor: 2.5 })],
  'gpt-5.4': [oldGpt(2.5, 15, LONG_GPT)],
  'gpt-5.4-mini': [oldGpt(0.75, 4.5)],
  'gpt-5.3-codex': [oldGpt(1.75, 14)],
  'gpt-5.2': [oldGpt(1.75, 14)],
  'gpt-5.2-codex': [oldGpt(1.75, 14)],
};

/** Models that are retired, or that no agent program chooses by itself. */
export const SELDOM: PriceTable = {
  'claude-opus-4-1': [OLD_OPUS],
  'claude-opus-4': [OLD_OPUS],
  'claude-3-opus': [OLD_OPUS],
  'claude-sonnet-4': [claude(3, 15, LONG_CLAUDE)],
  'claude-3-7-sonnet': [claude(3, 15)],
  'claude-3-5-sonnet': [claude(3, 15)],
  'claude-3-5-haiku': [claude(0.8, 4)],
  'claude-3-haiku': [claude(0.25, 1.25, { cacheRead: 0.03, cacheWrite5m: 0.3 })],
  'gpt-5.5-pro': [pro(30, 180, { ...LONG_GPT, source: 'library' })],
  'gpt-5.4-pro': [pro(30, 180, { ...LONG_GPT, source: 'library' })],
  'gpt-5.4-nano': [oldGpt(0.2, 1.25, { fastFactor: null, source: 'library' })],
  'gpt-5.2-pro': [pro(21, 168, { source: 'library' })],
  'gpt-5.1': [oldGpt(1.25, 10)],
  'gpt-5.1-codex': [oldGpt(1.25, 10)],
  'gpt-5.1-codex-max': [oldGpt(1.25, 10)],
  'gpt-5.1-codex-mini': [oldGpt(0.25, 2, { fastFactor: null })],
  'gpt-5-pro': [pro(15, 120, { source: 'library' })],
  'gpt-5': [oldGpt(1.25, 10)],
  'gpt-5-codex': [oldGpt(1.25, 10)],
  'gpt-5-mini': [oldGpt(0.25, 2, { fastFactor: 1.8 })],
  'gpt-5-nano': [oldGpt(0.05, 0.4, { fastFactor: null })],
  o3: [
    oldGpt(10, 40, { cacheRead: 0.5, fastFactor: null }),
    oldGpt(2, 8, { cacheRead: 0.5, fastFactor: 1.75, from: '2025-06-10' }),
  ],
  'o4-mini': [oldGpt(1.1, 4.4, { cacheRead: 0.275, fastFactor: null })],
  'gpt-4.1': [oldGpt(2, 8, { cacheRead: 0.5, fastFactor: 1.75 })],
};

/** Rows by model name. */
export const PRICES: PriceTable = { ...TODAY, ...SELDOM };

/** The day on which the newest source of the table was read. */
export const PRICES_AS_OF: string = Object.values(SOURCES)
  .map(({ at }) => at)
  .sort()
  .at(-1) as string;
