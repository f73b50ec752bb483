/** Rollouts of Codex: cumulative counts that repeat, restart, and are copied into forks. */
import { describe, expect, it } from 'vitest';
import { BEFORE_ROLLOUT, rolloutStep } from '../../../src/core/usage/codex.ts';
import { ResponseLedger } from '../../../src/core/usage/ledger.ts';
import { costOf } from '../../../src/core/usage/pricing.ts';
import { totalTokens } from '../../../src/core/usage/response.ts';

const stamp = (seconds: number): string => new Date(Date.UTC(2026, 10, 20) + seconds * 1000).toISOString();
const meta = (id: string, seconds = 0, more: object = {}) => ({
  timestamp: stamp(seconds),
  type: 'session_meta',
  payload: { id, cwd: '/w/app', ...more },
});
const turn = (model = 'gpt-5') => ({ timestamp: stamp(0), type: 'turn_context', payload: { model, cwd: '/w/app' } });
const counts = (seconds: number, input: number, cached: number, output: number) => ({
  timestamp: stamp(seconds),
  type: 'event_msg',
  payload: {
    type: 'token_count',
    info: {
      total_token_usage: { input_tokens: input, cached_input_tokens: cached, output_tokens: output },
      last_token_usage: { input_tokens: 1, output_tokens: 1 },
    },
  },
});

function read(...rollouts: readonly (readonly unknown[])[]) {
  const ledger = new ResponseLedger();
  const roots = new Map<string, string>();
  for (const lines of rollouts) {
    let state = BEFORE_ROLLOUT;
    for (const line of lines) {
      const step = rolloutStep(state, line, (thread) => roots.get(thread) ?? thread);
      state = step.state;
      if (step.response !== null) ledger.add(step.response);
    }
    roots.set(state.session, state.root);
  }
  const entries = [...ledger.entries()];
  return { entries, tokens: entries.reduce((sum, { tokens }) => sum + totalTokens(tokens), 0) };
}

const parent = [meta('P'), turn(), counts(5, 1000, 0, 100), counts(9, 3000, 900, 150)];

describe('a rollout', () => {
  it('is read as differences, with cached input apart', () => {
    const { entries, tokens } = read(parent);
    expect(tokens).toBe(3150);
    expect(entries.map(({ tokens: { input, cacheRead, output } }) => [input, cacheRead, output])).toEqual([
      [1000, 0, 100],
      [1100, 900, 50],
    ]);
    expect(costOf(entries[1] as never)).toEqual({ microUsd: 1100 * 1.25 + 113 + 500, isEstimated: false });
  });
  it('does not count repeated counts', () => {
    expect(read([...parent, counts(10, 3000, 900, 150), counts(11, 3000, 900, 150)]).tokens).toBe(3150);
  });
  it('continues when the counts restart', () => {
    expect(read([...parent, counts(20, 500, 0, 50), counts(25, 800, 0, 60)]).tokens).toBe(3150 + 860);
  });
  it('ignores null counts and lines without counts', () => {
    const empty = { type: 'event_msg', payload: { type: 'token_count', info: null } };
    expect(read([meta('P'), empty, 7, null, ...parent.slice(1)]).tokens).toBe(3150);
  });
});

describe('a fork', () => {
  const replayed = (seconds: number) => [counts(seconds, 1000, 0, 100), counts(seconds, 3000, 900, 150)];
  it.each([
    ['a fork', { forked_from_id: 'P' }],
    ['a subagent', { parent_thread_id: 'P', thread_source: 'subagent' }],
    ['a spawned thread', { source: { subagent: { thread_spawn: { parent_thread_id: 'P' } } } }],
  ])('counts only its own usage: %s', (_, more) => {
    const fork = [meta('F', 100, more), meta('P', 100), turn(), ...replayed(100), counts(130, 4000, 900, 200)];
    expect(read(parent, fork).tokens).toBe(3150 + 1050);
  });
  it('recognizes copied counts even if writing the copy took long', () => {
    const fork = [meta('F', 100, { forked_from_id: 'P' }), turn(), ...replayed(105), counts(130, 4000, 900, 200)];
    expect(read(parent, fork).tokens).toBe(3150 + 1050);
  });
  it('of a fork has the root of the first', () => {
    const fork = [meta('F', 100, { forked_from_id: 'P' }), turn(), ...replayed(105)];
    const deep = [meta('D', 200, { forked_from_id: 'F' }), turn(), ...replayed(205), counts(230, 4000, 900, 200)];
    expect(read(parent, fork, deep).tokens).toBe(3150 + 1050);
  });
  it('without a parent file does not count usage from before the fork', () => {
    const fork = [meta('F', 100, { forked_from_id: 'P' }), turn(), ...replayed(100), counts(130, 4000, 900, 200)];
    expect(read(fork).tokens).toBe(1050);
  });
});
