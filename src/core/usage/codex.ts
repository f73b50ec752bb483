/**
 * Reads rollouts of the Codex CLI as responses. Counts are cumulative: a response is the difference of two counts, and a
 * repeated count adds nothing. A fork or subagent begins with a copy of its parent's counts. Counts stamped at the moment
 * of the fork only set its starting point; other copies meet in the ledger, because the id of a response consists of the
 * root thread and the counts after it.
 */
import type { JsonMap, Response, Tokens } from './response.ts';
import { countIn, instantIn, mapIn, NO_TOKENS, wordIn } from './response.ts';

/** Counts this soon after a fork are copies: a model call takes longer. */
const REPLAY_MS = 1000;

interface Counts {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

/** Progress in reading one rollout; plain data that can be stored. */
export interface RolloutState {
  readonly session: string;
  /** Thread at the start of the chain of forks; the thread's own id if it is no fork. */
  readonly root: string;
  readonly isFork: boolean;
  readonly startedAt: number;
  readonly cwd: string | null;
  readonly model: string;
  readonly counts: Counts;
}

export interface RolloutStep {
  readonly state: RolloutState;
  readonly response: Response | null;
}

export const BEFORE_ROLLOUT: RolloutState = {
  session: '',
  root: '',
  isFork: false,
  startedAt: 0,
  cwd: null,
  model: '',
  counts: { input: 0, cached: 0, output: 0 },
};

function withMeta(state: RolloutState, payload: JsonMap, at: number, rootOf: (thread: string) => string): RolloutState {
  // A second session_meta is the parent's, copied into the fork.
  if (state.session !== '') return state;
  const session = wordIn(payload.id) ?? '';
  const spawned = mapIn(mapIn(mapIn(payload.source).subagent).thread_spawn);
  const parent = wordIn(payload.forked_from_id) ?? wordIn(payload.parent_thread_id) ?? wordIn(spawned.parent_thread_id);
  const root = parent === null ? session : rootOf(parent);
  return { ...state, session, root, isFork: parent !== null, startedAt: at, cwd: wordIn(payload.cwd) };
}

function countsIn(usage: JsonMap): Counts {
  const input = countIn(usage.input_tokens);
  return { input, cached: Math.min(input, countIn(usage.cached_input_tokens)), output: countIn(usage.output_tokens) };
}

const hasReset = (before: Counts, after: Counts): boolean => after.input < before.input || after.output < before.output;

/** The increase; lower counts have restarted from 0. */
function increase(before: Counts, after: Counts): Counts {
  if (hasReset(before, after)) return after;
  const input = after.input - before.input;
  const cached = Math.min(input, Math.max(0, after.cached - before.cached));
  return { input, cached, output: after.output - before.output };
}

const tokensOf = ({ input, cached, output }: Counts): Tokens => ({
  ...NO_TOKENS,
  input: input - cached,
  cacheRead: cached,
  output,
});

function counted(state: RolloutState, info: JsonMap, at: number): RolloutStep {
  const usage = mapIn(info.total_token_usage);
  if (Object.keys(usage).length === 0) return { state, response: null };
  const counts = countsIn(usage);
  const added = increase(state.counts, counts);
  const next = { ...state, counts };
  const isReplayed = state.isFork && at - state.startedAt < REPLAY_MS;
  if (isReplayed || added.input + added.output === 0) return { state: next, response: null };
  const { session, root, cwd, model } = state;
  const restart = hasReset(state.counts, counts) ? ` ${at}` : '';
  const id = `codex ${root} ${counts.input} ${counts.output}${restart}`;
  const tokens = tokensOf(added);
  const plain = { webSearches: 0, isUs: false, isFast: false, isBatch: false };
  return { state: next, response: { id, model, at, session, agentId: null, cwd, tokens, ...plain } };
}

/** Reads one parsed line of a rollout. `rootOf` gives the root of a thread that was read before. */
export function rolloutStep(
  state: RolloutState,
  line: unknown,
  rootOf: (thread: string) => string = (thread) => thread,
): RolloutStep {
  const entry = mapIn(line);
  const payload = mapIn(entry.payload);
  const at = instantIn(entry.timestamp);
  if (entry.type === 'session_meta') return { state: withMeta(state, payload, at, rootOf), response: null };
  if (entry.type === 'turn_context') {
    const model = wordIn(payload.model) ?? state.model;
    const cwd = wordIn(payload.cwd) ?? state.cwd;
    return { state: { ...state, model, cwd }, response: null };
  }
  if (entry.type !== 'event_msg' || payload.type !== 'token_count') return { state, response: null };
  return counted(state, mapIn(payload.info), at);
}
