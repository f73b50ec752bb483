/**
 * Reads rollouts of the Codex CLI as responses. Newer versions record each response (`token_usage_record`), with an id that
 * every copy keeps. Beside it, and in older versions alone, stand cumulative counts (`token_count`): a response is the
 * difference of two counts, and a repeated count adds nothing. A count and a record of the same total are one response.
 *
 * A fork or subagent of an older version begins with a copy of its parent's counts. Counts stamped at the moment of the
 * fork only set its starting point; other copies meet in the ledger, because the id of a counted response consists of the
 * root thread and the counts after it.
 */
import type { JsonMap, Response, Speed, Tokens } from './response.ts';
import { countIn, instantIn, isBatchIn, isBeyond, mapIn, NO_TOKENS, speedIn, wordIn } from './response.ts';

/** Counts this soon after a fork are copies: a model call takes longer. */
const REPLAY_MS = 1000;
/** Most totals that are remembered until the other form names them too; a count follows its record at once. */
const MOST_UNPAIRED = 16;

interface Counts {
  readonly input: number;
  readonly cached: number;
  readonly written: number;
  readonly output: number;
}

const NO_COUNTS: Counts = { input: 0, cached: 0, written: 0, output: 0 };

/** Progress in reading one rollout; plain data that can be stored. */
export interface RolloutState {
  /** The thread of this rollout. */
  readonly session: string;
  /** Session of the thread that started this one as its subagent; null for a session of its own. */
  readonly startedBy: string | null;
  /** Thread at the start of the chain of forks; the thread's own id if it is no fork. */
  readonly root: string;
  readonly isFork: boolean;
  /** True if the parent's lines are in the parent's file only, while the counts go on from the parent's. */
  readonly isContinued: boolean;
  readonly startedAt: number;
  readonly cwd: string | null;
  readonly model: string;
  readonly counts: Counts;
  /** Service tier of the turn, and of the thread's settings; null if they name none. */
  readonly turnTier: string | null;
  readonly threadTier: string | null;
  /** Totals named by a record and not yet by a count, and the other way round, after a restart with its time. */
  readonly recorded: readonly string[];
  readonly counted: readonly string[];
  /** Web searches since the last response. */
  readonly searches: number;
}

export interface RolloutStep {
  readonly state: RolloutState;
  readonly response: Response | null;
}

export const BEFORE_ROLLOUT: RolloutState = {
  session: '',
  startedBy: null,
  root: '',
  isFork: false,
  isContinued: false,
  startedAt: 0,
  cwd: null,
  model: '',
  counts: NO_COUNTS,
  turnTier: null,
  threadTier: null,
  recorded: [],
  counted: [],
  searches: 0,
};

/** The state that another version has kept, with all fields of this one. */
export const continuedRollout = (kept: Partial<RolloutState>): RolloutState => ({
  ...BEFORE_ROLLOUT,
  ...kept,
  counts: { ...NO_COUNTS, ...kept.counts },
});

function withMeta(state: RolloutState, payload: JsonMap, at: number, rootOf: (thread: string) => string): RolloutState {
  // A second session_meta is the parent's, copied into the fork.
  if (state.session !== '') return state;
  const session = wordIn(payload.id) ?? '';
  const spawned = mapIn(mapIn(mapIn(payload.source).subagent).thread_spawn);
  const parent = wordIn(payload.forked_from_id) ?? wordIn(payload.parent_thread_id) ?? wordIn(spawned.parent_thread_id);
  const root = parent === null ? session : rootOf(parent);
  const owner = wordIn(payload.session_id) ?? (Object.keys(spawned).length > 0 ? root : null);
  return {
    ...state,
    session,
    startedBy: owner === session ? null : owner,
    root,
    isFork: parent !== null,
    isContinued: Object.keys(mapIn(payload.history_base)).length > 0,
    startedAt: at,
    cwd: wordIn(payload.cwd),
    model: wordIn(payload.model) ?? wordIn(mapIn(mapIn(payload.base_instructions).provenance).model) ?? '',
    threadTier: wordIn(payload.service_tier),
  };
}

/** No thread has more tokens of a class in all. */
const MOST_IN_ALL = 1e11;

function countsIn(usage: JsonMap): Counts {
  const input = countIn(usage.input_tokens, MOST_IN_ALL);
  const cached = Math.min(input, countIn(usage.cached_input_tokens, MOST_IN_ALL));
  const written = Math.min(input - cached, countIn(usage.cache_write_input_tokens, MOST_IN_ALL));
  return { input, cached, written, output: countIn(usage.output_tokens, MOST_IN_ALL) };
}

/** True if a line has a figure that no thread can have; it is passed over, because counts that fall have restarted. */
export function hasOddCount(line: unknown): boolean {
  const payload = mapIn(mapIn(line).payload);
  const info = mapIn(payload.info);
  const parts = [payload.usage, payload.thread_token_usage, info.total_token_usage, info.last_token_usage];
  return parts.some((part) => isBeyond(mapIn(part), MOST_IN_ALL));
}

const isNothing = ({ input, output }: Counts): boolean => input + output === 0;
const hasReset = (before: Counts, after: Counts): boolean => after.input < before.input || after.output < before.output;

/** The increase; lower counts have restarted from 0. */
function increase(before: Counts, after: Counts): Counts {
  if (hasReset(before, after)) return after;
  const input = after.input - before.input;
  const cached = Math.min(input, Math.max(0, after.cached - before.cached));
  const written = Math.min(input - cached, Math.max(0, after.written - before.written));
  return { input, cached, written, output: after.output - before.output };
}

const sumOf = (a: Counts, b: Counts): Counts => ({
  input: a.input + b.input,
  cached: a.cached + b.cached,
  written: a.written + b.written,
  output: a.output + b.output,
});

const tokensOf = ({ input, cached, written, output }: Counts): Tokens => ({
  ...NO_TOKENS,
  input: input - cached - written,
  cacheRead: cached,
  cacheWrite: written,
  output,
});

const nameOf = ({ input, output }: Counts): string => `${input} ${output}`;
const noted = (names: readonly string[], name: string): readonly string[] => [...names, name].slice(-MOST_UNPAIRED);
const without = (names: readonly string[], name: string): readonly string[] => names.filter((other) => other !== name);

/** The tier that the line itself names decides, unless it is the answer's, which never names the fast mode. */
function tierOf(state: RolloutState, own: unknown): string | null {
  const isPlain = wordIn(own) === null || own === 'default' || own === 'auto';
  return isPlain ? (state.turnTier ?? state.threadTier) : (own as string);
}

/** `line` is the count or the record, which may name a model and a tier of its own. */
function responseOf(state: RolloutState, id: string, counts: Counts, at: number, line: JsonMap): Response {
  const { session, startedBy, cwd, searches } = state;
  const model = wordIn(line.model) ?? state.model;
  const named = tierOf(state, line.service_tier);
  const speed: Speed = speedIn(named);
  const owner = { session: startedBy ?? session, agentId: startedBy === null ? null : session, cwd };
  const usage = { tokens: tokensOf(counts), webSearches: searches, longestPrompt: 0 };
  return { ...owner, ...usage, id, model, at, isUs: false, speed, isBatch: isBatchIn(named) };
}

/** The id of a response by its counts, and after a restart by its time: the same in each fork. */
const countedId = ({ root }: RolloutState, counts: string): string => `codex ${root} ${counts}`;

/** A cumulative count. */
function counted(state: RolloutState, payload: JsonMap, at: number): RolloutStep {
  const info = mapIn(payload.info);
  const usage = mapIn(info.total_token_usage);
  if (Object.keys(usage).length === 0) return { state, response: null };
  const counts = countsIn(usage);
  const name = nameOf(counts);
  if (state.recorded.includes(name))
    return { state: { ...state, recorded: without(state.recorded, name) }, response: null };
  const isFirst = isNothing(state.counts);
  const isOwn = !(state.isContinued && isFirst);
  const added = isOwn ? increase(state.counts, counts) : countsIn(mapIn(info.last_token_usage));
  const next = { ...state, counts };
  if (isNothing(added)) return { state: next, response: null };
  if (state.isFork && !state.isContinued && at - state.startedAt < REPLAY_MS)
    return { state: { ...next, searches: 0 }, response: null };
  const own = hasReset(state.counts, counts) ? `${name} ${at}` : name;
  const id = countedId(state, own);
  const response = responseOf(state, id, added, at, { ...info, ...payload });
  return { state: { ...next, counted: noted(state.counted, own), searches: 0 }, response };
}

/** The record of one response. */
function recorded(state: RolloutState, payload: JsonMap, at: number): RolloutStep {
  const line = { ...mapIn(payload.usage), ...payload };
  const usage = countsIn(mapIn(payload.usage));
  if (isNothing(usage)) return { state, response: null };
  const named = countsIn(mapIn(payload.thread_token_usage));
  const total = isNothing(named) ? sumOf(state.counts, usage) : named;
  const name = nameOf(total);
  // The count has made the response; the record may name its tier, which the ledger adds.
  const known = state.counted.find((one) => one === name || one.startsWith(`${name} `));
  if (known !== undefined) {
    const response = responseOf({ ...state, searches: 0 }, countedId(state, known), usage, at, line);
    return { state: { ...state, counted: without(state.counted, known) }, response };
  }
  const id = wordIn(payload.response_id) ?? `codex ${state.session} record ${name}`;
  const response = responseOf(state, id, usage, at, line);
  return { state: { ...state, counts: total, recorded: noted(state.recorded, name), searches: 0 }, response };
}

/** Reads one parsed line of a rollout. `rootOf` gives the root of a thread that was read before. */
export function rolloutStep(
  state: RolloutState,
  line: unknown,
  rootOf: (thread: string) => string = (thread) => thread,
): RolloutStep {
  if (hasOddCount(line)) return { state, response: null };
  const entry = mapIn(line);
  const payload = mapIn(entry.payload);
  const at = instantIn(entry.timestamp);
  const only = (changed: Partial<RolloutState>): RolloutStep => ({ state: { ...state, ...changed }, response: null });
  if (entry.type === 'session_meta') return { state: withMeta(state, payload, at, rootOf), response: null };
  if (entry.type === 'turn_context')
    return only({
      model: wordIn(payload.model) ?? state.model,
      cwd: wordIn(payload.cwd) ?? state.cwd,
      turnTier: wordIn(payload.service_tier),
    });
  if (entry.type === 'token_usage_record') return recorded(state, payload, at);
  if (entry.type === 'response_item' && payload.type === 'web_search_call') {
    const action = mapIn(payload.action).type;
    return only({ searches: state.searches + Number(action === undefined || action === 'search') });
  }
  if (entry.type !== 'event_msg') return only({});
  if (payload.type === 'token_count') return counted(state, payload, at);
  if (payload.type !== 'thread_settings_applied') return only({});
  const settings = mapIn(payload.thread_settings);
  return only({ model: wordIn(settings.model) ?? state.model, threadTier: wordIn(settings.service_tier) });
}
