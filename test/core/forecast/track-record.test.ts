import { describe, expect, it } from 'vitest';
import { newAgent } from '../../../src/core/budget/allocate.ts';
import { totalsOf } from '../../../src/core/budget/totals.ts';
import { openWindow } from '../../../src/core/budget/window.ts';
import { predictions } from '../../../src/core/forecast/prediction.ts';
import { TrackRecord } from '../../../src/core/forecast/track-record.ts';
import type { AgentBudget } from '../../../src/core/model/budget.ts';
import { forecastRecords } from '../../../src/render/forecast.ts';
import { later, NOW } from '../../helpers/state.ts';

const usage = (agent: string, at: number, tokens: number) => ({ kind: 'usage', agent, at: later(at), tokens });

/** Calls of 100, 110, 120, … tokens, ten seconds apart, the last one now. */
function trackOf(calls: number): TrackRecord {
  const track = new TrackRecord();
  for (let n = 0; n < calls; n += 1) track.take(usage('odin/auth', (n - calls + 1) * 10_000, 100 + 10 * n));
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
    const half = predict(agentOf(30, { progress: 50 }), trackOf(30))[0];
    // Thirty more calls are expected, since the first half took thirty.
    expect(half?.needs).toBeGreaterThan(16_000);
    expect(half?.willExceed).toBe(true);
    const nearly = predict(agentOf(30, { progress: 90 }), trackOf(30))[0];
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

  it('are ignored if they are incomplete', () => {
    const track = new TrackRecord();
    track.take({ kind: 'forecast', agent: 'a', at: NOW, dimension: 'tokens', left: 5 });
    track.take({ kind: 'usage', at: NOW, tokens: 5 });
    expect(track.score(null).made).toBe(0);
  });
});
