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

export const NO_TOKENS: Tokens = {
  input: 0,
  output: 0,
  cacheRead: 0,
  cacheWrite: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
};

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
  /** Served from the United States only, which costs more. */
  readonly isUs: boolean;
  readonly isFast: boolean;
  readonly isBatch: boolean;
}

export type JsonMap = Readonly<Record<string, unknown>>;

export const mapIn = (value: unknown): JsonMap =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as JsonMap) : {};
export const wordIn = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
export const countIn = (value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.round(value) : 0;
export const instantIn = (value: unknown): number =>
  countIn(typeof value === 'string' ? Date.parse(value) : Number.NaN);

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

/** The response in a line of a Claude Code transcript; null if the line has none. */
export function responseIn(line: unknown): Response | null {
  const entry = mapIn(line);
  const message = mapIn(entry.message);
  if (entry.type !== 'assistant' || entry.isApiErrorMessage === true || message.model === '<synthetic>') return null;
  if (message.usage === null || typeof message.usage !== 'object') return null;
  const usage = mapIn(message.usage);
  const id = wordIn(message.id) ?? wordIn(entry.requestId) ?? wordIn(entry.uuid);
  if (id === null) return null;
  return {
    id,
    model: wordIn(message.model) ?? '',
    at: instantIn(entry.timestamp),
    session: wordIn(entry.sessionId) ?? '',
    agentId: wordIn(entry.agentId),
    cwd: wordIn(entry.cwd),
    tokens: tokensIn(usage),
    webSearches: countIn(mapIn(usage.server_tool_use).web_search_requests),
    isUs: usage.inference_geo === 'us',
    isFast: usage.speed === 'fast',
    isBatch: usage.service_tier === 'batch',
  };
}
