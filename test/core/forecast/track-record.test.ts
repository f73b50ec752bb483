import { describe, expect, it } from 'vitest';
import { newAgent } from '../../../src/core/budget/allocate.ts';
import { totalsOf } from '../../../src/core/budget/totals.ts';
import { openWindow } from '../../../src/core/budget/window.ts';
import { predictions } from '../../../src/core/forecast/prediction.ts';
import { TrackRecord } from '../../../src/core/forecast/track-record.ts';
import type { AgentBudget } from '../../../src/core/model/budget.ts';
import { forecastRecords } from '../../../src/render/forecast.ts';
import { later, NOW } from '../../helpers/state.ts';

const usage = (agent: string, at: number, tokens: number, more: object = {}) => ({
  ...{ kind: 'usage', agent, at: later(at), tokens },
  ...more,
});

/** Calls of 100, 110, 120, … tokens, ten seconds apart, the last one now and with this progress. */
function trackOf(calls: number, progress: number | null = null): TrackRecord {
  const track = new TrackRecord();
  for (let n = 0; n < calls; n += 1) {
    const more = n === calls - 1 ? { progress } : {};
    track.take(usage('odin/auth', (n - calls + 1) * 10_000, 100 + 10 * n, more));
  }
  return track;
}

function agentOf(calls: number, more: Partial<AgentBudget> = {}): AgentBudget {
  const consumed = { tokens: (calls * (200 + 10 * (calls - 1))) / 2, timeMs: 0, costMicroUsd: 0 };
  return {
    ...newAgent('odin/auth', 'default', NOW),
    allocated: { tokens: 20_000, timeMs: null, costMicroUsd: null },
    consumed,
    ...more,
  };
}

const predict = (agent: AgentBudget, track: TrackRecord, now = NOW) =>
  predictions(agent, totalsOf({ workflows: [], agents: [agent] }, 'default'), track, now);

describe('a prediction', () => {
  it('is made for each limited dimension from the reports', () => {
    const [only, ...rest] = predict(agentOf(30), trackOf(30));
    expect(rest).toEqual([]);
    // 7,350 used of 20,000: the 28 calls after the thirtieth cost 400 and more each.
    expect(only).toMatchObject({ dimension: 'tokens', left: 12_650, calls: 30, needs: null, willExceed: null });
    expect(only?.forecast?.calls).toBeCloseTo(24.5, 0);
  });

  it('uses progress or the window to decide whether the budget is enough', () => {
    const half = predict(agentOf(30), trackOf(30, 50))[0];
    // Thirty more calls are expected, since the first half took thirty.
    expect(half?.needs).toBeGreaterThan(16_000);
    expect(half?.willExceed).toBe(true);
    const nearly = predict(agentOf(30), trackOf(30, 90))[0];
    expect(nearly?.willExceed).toBe(false);
    const window = { ...openWindow('5h', 'UTC', NOW), endsAt: later(60_000) };
    expect(predict(agentOf(30, { window }), trackOf(30))[0]?.willExceed).toBe(false);
    expect(predict(agentOf(30, { window: { ...window, endsAt: later(3_600_000) } }), trackOf(30))[0]?.willExceed).toBe(
      true,
    );
  });

  it('has no forecast with too few reports, and exceeds a budget that is used up', () => {
    expect(predict(agentOf(2), trackOf(2))[0]).toMatchObject({ forecast: null, willExceed: null });
    const used = agentOf(30, { allocated: { tokens: 7_000, timeMs: null, costMicroUsd: null } });
    expect(predict(used, trackOf(30))[0]).toMatchObject({ left: -350, willExceed: true });
  });
});

describe('recorded forecasts', () => {
  it('are judged when the remaining amount is spent', () => {
    const track = trackOf(30);
    const agent = agentOf(30, { allocated: { tokens: 9_000, timeMs: null, costMicroUsd: null } });
    const found = predict(agent, track);
    const [kept] = forecastRecords(agent, found, track);
    expect(kept).toMatchObject({ kind: 'forecast', agent: 'odin/auth', dimension: 'tokens', left: 1_650 });
    track.take({ at: NOW, ...(kept as NonNullable<typeof kept>) });
    expect(track.score('odin/auth')).toEqual({ made: 1, judged: 0, right: null, covered: null });
    // No second forecast is recorded until the agent has spent more.
    expect(forecastRecords(agent, found, track)).toEqual([]);
    for (let n = 0; n < 4; n += 1) track.take(usage('ODIN/auth', (n + 1) * 12_000, 420));
    expect(track.score('odin/auth')).toEqual({ made: 1, judged: 1, right: 1, covered: 1 });
    expect(track.score(null).judged).toBe(1);
  });

  it('count as wrong if they were', () => {
    const track = trackOf(30);
    const agent = agentOf(30, { allocated: { tokens: 9_000, timeMs: null, costMicroUsd: null } });
    for (const record of forecastRecords(agent, predict(agent, track), track)) track.take({ at: NOW, ...record });
    track.take(usage('odin/auth', 3_600_000, 5_000));
    expect(track.score('odin/auth')).toMatchObject({ judged: 1, right: 0, covered: 0 });
  });

  it('of a run that is over are never judged, and the next run keeps its own', () => {
    const track = trackOf(30);
    const agent = agentOf(30, { allocated: { tokens: 9_000, timeMs: null, costMicroUsd: null } });
    for (const record of forecastRecords(agent, predict(agent, track), track)) track.take({ at: NOW, ...record });
    track.take({ kind: 'granted', at: later(1), project: 'Odin', lease: 'L9', agents: ['AUTH'] });
    track.take(usage('odin/auth', 3_600_000, 5_000));
    expect(track.score('odin/auth')).toMatchObject({ made: 1, judged: 0 });
    expect(track.lastAsked('odin/auth', 'tokens')).toBeNull();
  });

  it('made before the time of a report are not judged in it', () => {
    const track = new TrackRecord(later(1));
    const stamp = new Date(NOW).toISOString();
    const dated = { started_at: stamp, exhausts_at: stamp, low: stamp, high: stamp };
    for (const at of [later(0), later(1)])
      track.take({ at, kind: 'forecast', agent: 'a', dimension: 'tokens', left: 5, ...dated });
    expect(track.score(null).made).toBe(1);
  });

  it('are ignored if they are incomplete', () => {
    const track = new TrackRecord();
    track.take({ kind: 'forecast', agent: 'a', at: NOW, dimension: 'tokens', left: 5 });
    track.take({ kind: 'usage', at: NOW, tokens: 5 });
    expect(track.score(null).made).toBe(0);
  });
});

describe('a second run under the same name', () => {
  /** 20 calls to 100%, then 4 of the same cost to 20%. */
  function twice(between: readonly object[], from = 5): TrackRecord {
    const track = new TrackRecord();
    for (let n = 1; n <= 20; n += 1) track.take(usage('odin/auth', n * 10_000, 1000, { progress: n * 5 }));
    for (const record of between) track.take({ at: later(205_000), kind: 'granted', ...record });
    for (let n = 0; n < 4; n += 1)
      track.take(usage('odin/auth', 210_000 + n * 10_000, 1000, { progress: Math.min(100, from + n * 5) }));
    return track;
  }
  const agent = agentOf(1, {
    allocated: { tokens: 1_000_000, timeMs: null, costMicroUsd: null },
    consumed: { tokens: 24_000, timeMs: 0, costMicroUsd: 0 },
  });

  it.each([
    ['when progress falls', []],
    ['with a new lease', [{ project: 'ODIN', lease: 'L2', agents: ['Auth', 'api'] }]],
  ])('begins anew %s', (_, between) => {
    const track = twice(between);
    expect(track.progress('odin/auth')).toBe(20);
    // 16 more calls of 1000.
    expect(predict(agent, track, later(240_000))[0]).toMatchObject({ calls: 4, needs: 16_000 });
    // The run that is over is one to learn from.
    expect(track.residuals('tokens').length).toBeGreaterThan(0);
  });

  it('is no second run after a small fall, or with a lease of another agent', () => {
    const others = [
      { project: 'odin', lease: 'L2', agents: ['api'] },
      { project: 'nova', agents: ['auth'] },
    ];
    expect(predict(agent, twice(others, 91), later(240_000))[0]).toMatchObject({ calls: 24 });
  });

  it('has no call before its first report', () => {
    const track = new TrackRecord();
    track.take(usage('solo', 0, 1000, { progress: 50 }));
    track.take({ kind: 'granted', at: later(1), project: 'odin', lease: 'L2', agents: ['SOLO'] });
    expect([track.spends('solo', 'tokens'), track.progress('solo')]).toEqual([[], null]);
  });
});
