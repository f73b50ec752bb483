/**
 * One model response in a transcript. The format is internal to the agent program, so a value that is missing, null or of
 * another type counts as nothing, and no line makes reading fail.
 */
/** Tokens by class: `input` excludes cached tokens, `output` includes thinking. */
export interface Tokens {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  /** Tokens written to the cache for any time. */
  readonly cacheWrite: number;
  /** Parts of `cacheWrite` that are cached for five minutes or for an hour; the time of the rest is unknown. */
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
}

export const TOKEN_CLASSES = ['input', 'output', 'cacheRead', 'cacheWrite', 'cacheWrite5m', 'cacheWrite1h'] as const;

/** Written class by class, because it is called for each copy of a response. */
export const byClass = (amountOf: (tokenClass: keyof Tokens) => number): Tokens => ({
  input: amountOf('input'),
  output: amountOf('output'),
  cacheRead: amountOf('cacheRead'),
  cacheWrite: amountOf('cacheWrite'),
  cacheWrite5m: amountOf('cacheWrite5m'),
  cacheWrite1h: amountOf('cacheWrite1h'),
});

export const NO_TOKENS = byClass(() => 0);

/** Owner of a response: a session, or an agent that it started. */
export interface Owner {
  readonly session: string;
  /** Null for the session itself. */
  readonly agentId: string | null;
  /** Working folder. */
  readonly cwd: string | null;
}

export interface Response extends Owner {
  /** The same in every copy of this response, in every file. */
  readonly id: string;
  readonly model: string;
  /** Milliseconds since the epoch; 0 if unknown. */
  readonly at: number;
  readonly tokens: Tokens;
  readonly webSearches: number;
  /** Tokens of the longest prompt, if the response took several calls; 0 if it was one call. */
  readonly longestPrompt: number;
  /** Served from the United States only, which costs more. */
  readonly isUs: boolean;
  readonly speed: Speed;
  /** Served later at half the price: batch and flex. */
  readonly isBatch: boolean;
}

/** From the slowest to the fastest. */
export const SPEEDS = ['standard', 'fast', 'ultrafast'] as const;
export type Speed = (typeof SPEEDS)[number];

const lowerIn = (value: unknown): string => (typeof value === 'string' ? value.toLowerCase() : '');

/** The speed that a service tier or a speed names; OpenAI calls fast mode priority. */
export function speedIn(value: unknown): Speed {
  const speed = lowerIn(value);
  if (speed === 'fast' || speed === 'priority') return 'fast';
  return speed === 'ultrafast' ? 'ultrafast' : 'standard';
}

export const isBatchIn = (tier: unknown): boolean => ['batch', 'flex'].includes(lowerIn(tier));

export type JsonMap = Readonly<Record<string, unknown>>;

export const mapIn = (value: unknown): JsonMap =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as JsonMap) : {};
export const wordIn = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
/** No response has more tokens of a class, or more searches: a larger figure is none, and counts as nothing. */
export const MOST_COUNT = 1e9;
/** Last instant that a date can name. */
const LAST_INSTANT = 8.64e15;

export const countIn = (value: unknown, most = MOST_COUNT): number =>
  typeof value === 'number' && value > 0 && value <= most ? Math.round(value) : 0;
export const instantIn = (value: unknown): number =>
  countIn(typeof value === 'string' ? Date.parse(value) : value, LAST_INSTANT);
/** True if one of these values is a number beyond `most`. */
export const isBeyond = (usage: JsonMap, most = MOST_COUNT): boolean =>
  Object.values(usage).some((value) => typeof value === 'number' && value > most);

/** All cache writes: the flat figure, or the sum of its parts if that is larger. */
export const cacheWritten = ({ cacheWrite, cacheWrite5m, cacheWrite1h }: Tokens): number =>
  Math.max(cacheWrite, cacheWrite5m + cacheWrite1h);

/** All tokens that the model read or wrote, cached ones included, as budgets count them. */
export const totalTokens = (tokens: Tokens): number =>
  tokens.input + tokens.output + tokens.cacheRead + cacheWritten(tokens);

function tokensIn(usage: JsonMap): Tokens {
  const written = mapIn(usage.cache_creation);
  return {
    input: countIn(usage.input_tokens),
    output: countIn(usage.output_tokens),
    cacheRead: countIn(usage.cache_read_input_tokens),
    cacheWrite: countIn(usage.cache_creation_input_tokens),
    cacheWrite5m: countIn(written.ephemeral_5m_input_tokens),
    cacheWrite1h: countIn(written.ephemeral_1h_input_tokens),
  };
}

/** Calls of the model inside one response whose tokens the totals beside them contain. */
const OWN_CALLS = ['message', 'fallback_message'];

const promptOf = (tokens: Tokens): number => tokens.input + tokens.cacheRead + cacheWritten(tokens);

interface Call {
  readonly isOwn: boolean;
  readonly model: string;
  readonly tokens: Tokens;
}

/**
 * The calls that make up a response. Those of an advisor, of a compaction or of a model before a fallback have prices of
 * their own, and the totals of the response leave most of them out.
 */
function callsIn(usage: JsonMap, model: string, advisor: string): Call[] {
  const listed = Array.isArray(usage.iterations) ? usage.iterations : [];
  return listed.map((one) => {
    const call = mapIn(one);
    const type = wordIn(call.type) ?? 'message';
    const usual = type === 'advisor_message' ? advisor : model;
    return { isOwn: OWN_CALLS.includes(type), model: wordIn(call.model) ?? usual, tokens: tokensIn(call) };
  });
}

/** Tokens at the response's own model, and the longest prompt among them. */
function ownTokens(total: Tokens, calls: readonly Call[], model: string): Pick<Response, 'tokens' | 'longestPrompt'> {
  const within = calls.filter(({ isOwn }) => isOwn);
  const own = within.filter((call) => call.model === model);
  const longestPrompt = own.length < 2 ? 0 : Math.max(...own.map(({ tokens }) => promptOf(tokens)));
  const sumOf = (some: readonly Call[]): Tokens =>
    byClass((name) => some.reduce((sum, { tokens }) => sum + tokens[name], 0));
  const all = sumOf(within);
  const hasAll = TOKEN_CLASSES.every((name) => total[name] >= all[name]);
  if (own.length === within.length || !hasAll) {
    const sum = sumOf(own);
    return { tokens: byClass((name) => Math.max(total[name], sum[name])), longestPrompt };
  }
  const others = sumOf(within.filter((call) => call.model !== model));
  return { tokens: byClass((name) => total[name] - others[name]), longestPrompt };
}

/** True if a line of a Claude Code transcript has a figure that no response can have. */
export function hasOddFigure(line: unknown): boolean {
  const figures = mapIn(mapIn(mapIn(line).message).usage);
  return isBeyond(figures) || isBeyond(mapIn(figures.cache_creation)) || isBeyond(mapIn(figures.server_tool_use));
}

/** The responses in a line of a Claude Code transcript: one, none, or one for each model that worked on it. */
export function responsesIn(line: unknown): Response[] {
  const entry = mapIn(line);
  const message = mapIn(entry.message);
  if (entry.type !== 'assistant' || entry.isApiErrorMessage === true || message.model === '<synthetic>') return [];
  if (message.usage === null || typeof message.usage !== 'object') return [];
  const usage = mapIn(message.usage);
  const id = wordIn(message.id) ?? wordIn(entry.requestId) ?? wordIn(entry.uuid);
  if (id === null) return [];
  const model = wordIn(message.model) ?? '';
  const common = {
    at: instantIn(entry.timestamp),
    session: wordIn(entry.sessionId) ?? '',
    agentId: wordIn(entry.agentId),
    cwd: wordIn(entry.cwd),
    isUs: usage.inference_geo === 'us',
    isBatch: isBatchIn(usage.service_tier),
  };
  const calls = callsIn(usage, model, wordIn(entry.advisorModel) ?? model);
  const own: Response = {
    ...common,
    ...ownTokens(tokensIn(usage), calls, model),
    id,
    model,
    webSearches: countIn(mapIn(usage.server_tool_use).web_search_requests),
    speed: speedIn(usage.speed),
  };
  const others = calls.flatMap((call, at) => {
    if (call.isOwn && call.model === model) return [];
    const speed = call.model === model ? own.speed : 'standard';
    const one: Response = {
      ...common,
      id: `${id} ${at}`,
      model: call.model,
      tokens: call.tokens,
      webSearches: 0,
      longestPrompt: 0,
      speed,
    };
    return [one];
  });
  return [own, ...others];
}
