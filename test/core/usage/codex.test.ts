/** Rollouts of Codex: cumulative counts that repeat, restart, and are copied into forks. */
import { describe, expect, it } from 'vitest';
import { BEFORE_ROLLOUT, hasOddCount, rolloutStep } from '../../../src/core/usage/codex.ts';
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
  it.each([1e308, 1e16, 1.0001e11])('passes over a count of %d, which no thread has', (odd) => {
    const lines = [counts(6, odd, 0, 10), counts(6, 1200, 0, odd)];
    expect(read([...parent.slice(0, 3), ...lines, ...parent.slice(3)])).toEqual(read(parent));
    expect(lines.map(hasOddCount)).toEqual([true, true]);
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

describe('a record of each response', () => {
  const usageOf = (input: number, cached: number, output: number, written = 0) => ({
    input_tokens: input,
    cached_input_tokens: cached,
    cache_write_input_tokens: written,
    output_tokens: output,
    reasoning_output_tokens: 0,
  });
  /** A record with the totals of its thread behind it. */
  const record = (id: string, usage: object, total: object | null = null, more: object = {}) => ({
    timestamp: stamp(20),
    type: 'token_usage_record',
    payload: {
      thread_id: 'P',
      response_id: id,
      usage,
      ...(total === null ? {} : { thread_token_usage: total }),
      ...more,
    },
  });
  const one = record('r1', usageOf(1000, 0, 100), usageOf(1000, 0, 100));
  const two = record('r2', usageOf(2000, 900, 50), usageOf(3000, 900, 150));
  const [meta_, turn_, count1, count2] = parent;

  it.each([
    ['alone', [one, two]],
    ['before its count', [one, count1, two, count2]],
    ['after its count', [count1, one, count2, two]],
    ['before all counts', [one, two, count1, count2]],
    ['after all counts', [count1, count2, one, two]],
    ['with a repeated count', [one, count1, count1, two, count2, count2]],
    ['for the second response only', [count1, two, count2]],
    [
      'without totals, before their counts',
      [record('r1', usageOf(1000, 0, 100)), count1, record('r2', usageOf(2000, 900, 50)), count2],
    ],
    ['without totals', [record('r1', usageOf(1000, 0, 100)), record('r2', usageOf(2000, 900, 50))]],
  ])('counts once: %s', (_, lines) => expect(read([meta_, turn_, ...lines]).tokens).toBe(3150));

  it('meets its count after a restart of the counts too', () => {
    const again = record('r3', usageOf(500, 0, 10), usageOf(500, 0, 10));
    expect(read([meta_, turn_, count1, count2, counts(30, 500, 0, 10), again]).tokens).toBe(3150 + 510);
  });
  it('behind its count has no web search of the next response', () => {
    const search = {
      timestamp: stamp(20),
      type: 'response_item',
      payload: { type: 'web_search_call', action: { type: 'search' } },
    };
    const { entries } = read([meta_, turn_, count1, search, one, count2]);
    expect(entries.map(({ webSearches }) => webSearches)).toEqual([0, 1]);
  });

  it('counts also a response that no count tells of, and goes on from there', () => {
    const compaction = record('r2', usageOf(500, 0, 10), usageOf(1500, 0, 110));
    expect(read([meta_, turn_, one, count1, compaction, counts(30, 1700, 0, 120)]).tokens).toBe(1820);
  });
  it('copies count once, in forks and in a second file', () => {
    const fork = [meta('F', 100, { forked_from_id: 'P' }), turn_, one, two];
    expect(read([meta_, turn_, one, two], fork, [meta_, turn_, one, two]).tokens).toBe(3150);
  });
  it('counts alike subagents each, also within a second of their start', () => {
    const sub = (id: string) => [
      meta(id, 20, {
        session_id: 'P',
        parent_thread_id: 'P',
        source: { subagent: { thread_spawn: { parent_thread_id: 'P' } } },
      }),
      turn_,
      record(`r-${id}`, usageOf(700, 0, 70), usageOf(700, 0, 70)),
      counts(20, 700, 0, 70),
    ];
    const { tokens, entries } = read([meta_, turn_, one, count1], sub('A'), sub('B'));
    expect(tokens).toBe(1100 + 2 * 770);
    expect(entries.map(({ owner: { session, agentId } }) => [session, agentId])).toEqual([
      ['P', null],
      ['P', 'A'],
      ['P', 'B'],
    ]);
  });
  it('counts what a fork adds where the counts go on from the parent', () => {
    const base = { forked_from_id: 'P', history_base: { thread_id: 'P', end_ordinal_exclusive: 24 } };
    const fork = [
      meta('F', 100, base),
      turn_,
      record('r3', usageOf(1000, 0, 50), usageOf(4000, 900, 200)),
      counts(101, 4000, 900, 200),
    ];
    expect(read([meta_, turn_, one, count1, two, count2], fork).tokens).toBe(3150 + 1050);
    const counted = (input: number, last: number) => ({
      ...counts(101, input, 0, 0),
      payload: {
        type: 'token_count',
        info: { total_token_usage: usageOf(input, 0, 0), last_token_usage: usageOf(last, 0, 0) },
      },
    });
    expect(read([meta('F', 100, base), turn_, counted(4000, 1000), counted(5000, 1000)]).tokens).toBe(2000);
  });
  it('has cache writes at their price', () => {
    const sol = { ...turn('gpt-5.6-sol'), timestamp: stamp(0) };
    const { entries } = read([meta_, sol, record('r1', usageOf(100_000, 60_000, 1000, 20_000))]);
    expect(costOf(entries[0] as never)).toEqual({ microUsd: 224_000, isEstimated: false });
  });
  it('is found under its id by any other copy after a restart of the counts', () => {
    const again = record('r3', usageOf(500, 0, 50), usageOf(500, 0, 50));
    expect(read([meta_, turn_, one, two, again, counts(40, 500, 0, 50)]).tokens).toBe(3150 + 550);
  });
});

describe('the model of a thread without turns', () => {
  const settings = {
    timestamp: stamp(1),
    type: 'event_msg',
    payload: { type: 'thread_settings_applied', thread_settings: { model: 'gpt-5.4' } },
  };
  const provenance = { type: 'model', model: 'gpt-5.4' };
  it.each([
    ['its settings', [meta('P'), settings]],
    ['its beginning', [meta('P', 0, { model: 'gpt-5.4', service_tier: 'default' })]],
    ['the origin of its instructions', [meta('P', 0, { base_instructions: { text: 'x', provenance } })]],
  ])('is in %s', (_, lines) => {
    expect(read([...lines, counts(5, 100, 0, 10)]).entries.map(({ model }) => model)).toEqual(['gpt-5.4']);
  });
  it('may be fast from its beginning', () => {
    const lines = [meta('P', 0, { service_tier: 'priority' }), turn(), counts(5, 100, 0, 10)];
    expect(read(lines).entries.map(({ speed }) => speed)).toEqual(['fast']);
  });
});

describe('the service tier', () => {
  const settings = (service_tier?: string) => ({
    timestamp: stamp(1),
    type: 'event_msg',
    payload: {
      type: 'thread_settings_applied',
      thread_settings: { model: 'gpt-5.4', ...(service_tier ? { service_tier } : {}) },
    },
  });
  const tiered = (service_tier?: string) => ({
    timestamp: stamp(1),
    type: 'turn_context',
    payload: { model: 'gpt-5.4', ...(service_tier === undefined ? {} : { service_tier }) },
  });
  const own = (service_tier: string) => {
    const line = counts(5, 100_000, 0, 10_000);
    return { ...line, payload: { ...line.payload, service_tier } };
  };
  const call = counts(5, 100_000, 0, 10_000);
  const recordOf = (more: object, inUsage: object = {}) => {
    const usage = { input_tokens: 100_000, output_tokens: 10_000 };
    const payload = { response_id: 'r1', usage: { ...usage, ...inUsage }, thread_token_usage: usage, ...more };
    return { timestamp: stamp(5), type: 'token_usage_record', payload };
  };
  const costs = (...lines: unknown[]) => read([meta('P'), ...lines]).entries.map((entry) => costOf(entry).microUsd);

  it.each([
    ['none', [tiered(), call], 400_000],
    ['priority for the turn', [tiered('priority'), call], 800_000],
    ['fast for the turn', [tiered('fast'), call], 800_000],
    ['priority for the thread', [settings('priority'), tiered(), call], 800_000],
    ['priority for the thread, after the turn began', [tiered(), settings('priority'), call], 800_000],
    ['priority at the count', [tiered(), own('priority')], 800_000],
    ['default as the answer to priority', [tiered('priority'), own('default')], 800_000],
    ['flex for the turn', [tiered('flex'), call], 200_000],
    ['batch for the turn', [tiered('batch'), call], 200_000],
    ['default for the turn in a fast thread', [settings('priority'), tiered('default'), call], 400_000],
    ['priority in capitals', [tiered('Priority'), call], 800_000],
    ['priority at the record, behind its count', [tiered(), call, recordOf({ service_tier: 'priority' })], 800_000],
    ['priority in the usage of the record', [tiered(), recordOf({}, { service_tier: 'priority' }), call], 800_000],
    ['another model at the record', [tiered(), recordOf({ model: 'gpt-5.6-luna' })], 32_000],
  ])('%s', (_, lines, want) => expect(costs(...lines)).toEqual([want]));

  it('may change from turn to turn', () => {
    const next = counts(9, 200_000, 0, 20_000);
    expect(costs(tiered('priority'), call, tiered(), settings(), next)).toEqual([800_000, 400_000]);
  });
  it('has no price of its own for a long prompt where fast mode serves none', () => {
    expect(costs(tiered('priority'), counts(5, 300_000, 0, 0))).toEqual([1_500_000]);
  });
});

it('a web search costs a cent, with the next response', () => {
  const search = (type: string) => ({
    timestamp: stamp(1),
    type: 'response_item',
    payload: { type: 'web_search_call', status: 'completed', action: { type } },
  });
  const { entries } = read([
    meta('P'),
    turn(),
    search('search'),
    search('open_page'),
    search('search'),
    counts(5, 0, 0, 1),
  ]);
  expect(entries.map(({ webSearches }) => webSearches)).toEqual([2]);
});
