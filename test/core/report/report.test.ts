import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newAgent } from '../../../src/core/budget/allocate.ts';
import { newWorkflow } from '../../../src/core/budget/totals.ts';
import type { AgentBudget } from '../../../src/core/model/budget.ts';
import type { KeptRecord } from '../../../src/core/model/record.ts';
import { jain, oneMinusVarianceByMean } from '../../../src/core/report/fairness.ts';
import { efficiencyOf, reportOf } from '../../../src/core/report/report.ts';
import { Series } from '../../../src/core/report/series.ts';
import { Spread } from '../../../src/core/report/spread.ts';
import { Tally } from '../../../src/core/report/tally.ts';
import { DEFAULT_SETTINGS } from '../../../src/core/settings/settings.ts';
import { inOrder, kept, served } from '../../helpers/history.ts';
import { aState, later, NOW, projects } from '../../helpers/state.ts';

const NO_SCORE = { made: 0, judged: 0, right: null, covered: null };

function tallyOf(
  records: readonly KeptRecord[],
  capacity = 10,
  from = 0,
  to = 1000,
  settings = DEFAULT_SETTINGS,
): Tally {
  const tally = new Tally(settings, capacity, { since: later(from * 1000), until: later(to * 1000) });
  for (const record of inOrder(records)) tally.take(record);
  tally.close();
  return tally;
}

const project = (tally: Tally, name: string) =>
  [...tally.projects.values()].find((tallied) => tallied.project === name);

describe('the slots of a span', () => {
  it('are those held within it, even if they were granted before it began', () => {
    const tally = tallyOf([...served(-100, 'a', 4, 0, 600), ...served(200, 'b', 2, 50, 100)]);
    // a holds 4 for 500 seconds, b holds 2 for 100 seconds.
    expect(project(tally, 'a')?.slotMs).toBe(500_000 * 4);
    expect(project(tally, 'b')?.slotMs).toBe(100_000 * 2);
    expect(project(tally, 'b')?.waits.mean).toBe(50);
    expect(tally.usedMs).toBe(2_200_000);
    expect(tally.capacityMs).toBe(10_000_000);
  });

  it('count once if a lease is inside another one, and end when they are released in part', () => {
    const [, granted] = served(0, 'a', 4, 0, 0) as [KeptRecord, KeptRecord, KeptRecord];
    const inner = kept(10, 'granted', { project: 'a', lease: 'L900', slots: 2, parent: granted.lease });
    const part = kept(100, 'released', { project: 'a', lease: granted.lease, slots: 3, held_seconds: 100 });
    expect(tallyOf([granted, inner, part]).usedMs).toBe(100_000 * 4 + 900_000);
  });

  it('end when their lease is reclaimed or killed', () => {
    const lease = (id: string) => kept(0, 'granted', { project: 'a', lease: id, slots: 1, waited_seconds: 0 });
    const tally = tallyOf([
      lease('L800'),
      lease('L801'),
      kept(100, 'reclaimed', { project: 'a', lease: 'L800', slots: 1, why: 'holder-gone' }),
      kept(200, 'killed', { project: 'a', lease: 'L801', why: 'critical' }),
    ]);
    expect(tally.usedMs).toBe(300_000);
    expect(project(tally, 'a')).toMatchObject({ reclaimed: 1, killed: 1 });
  });

  it('are compared with the slots that are both requested and available', () => {
    // Of two slots, a holds one. b requests three, so the free slot is requested too.
    const tally = tallyOf(
      [
        kept(0, 'granted', { project: 'a', lease: 'L700', slots: 1, waited_seconds: 0 }),
        kept(0, 'queued', { project: 'b', ticket: 'T701', slots: 3 }),
      ],
      2,
      0,
      100,
    );
    expect(tally.demandMs).toBe(200_000);
    expect(tally.usedMs).toBe(100_000);
  });
});

describe('fairness', () => {
  it('is 1 for equal parts, 1/n if one of n has everything, and does not change with scale', () => {
    expect(jain([3, 3, 3])).toBe(1);
    expect(jain([1, 0, 0, 0])).toBe(0.25);
    expect(jain([])).toBeNull();
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), { minLength: 1 }), (parts) => {
        const index = jain(parts) as number;
        expect(index).toBeGreaterThanOrEqual(1 / parts.length - 1e-9);
        expect(index).toBeLessThanOrEqual(1 + 1e-9);
        expect(jain(parts.map((part) => part * 1000))).toBeCloseTo(index, 6);
      }),
    );
  });

  it('by the measure of the seed changes with the unit, as the research found', () => {
    expect(oneMinusVarianceByMean([100_000, 110_000, 90_000, 100_000])).toBeCloseTo(-499, 0);
    expect(oneMinusVarianceByMean([100, 110, 90, 100])).toBeCloseTo(0.5, 2);
    expect(oneMinusVarianceByMean([0.9, 0.05, 0.05, 0])).toBeCloseTo(0.435, 3);
  });

  const held = (at: number, name: string, id: string, slots: number) =>
    kept(at, 'granted', { project: name, lease: id, slots, waited_seconds: 0 });
  const wants = (at: number, name: string, id: string, slots: number, more = {}) =>
    kept(at, 'queued', { project: name, ticket: id, slots, ...more });
  const waiting = (at: number, id: string, more: object) => kept(at, 'waiting', { ticket: id, ...more });
  const index = (records: readonly KeptRecord[], settings = DEFAULT_SETTINGS) =>
    tallyOf(records, 8, 0, 100, settings).fairness();

  it('compares what projects were served with what they are entitled to and could be served', () => {
    // a holds 6 of 8 and was granted 4 of them after b asked; the fair part of b is 4, and it holds 2.
    const records = [held(0, 'a', 'L1', 2), held(0, 'b', 'L2', 2), wants(0, 'b', 'T3', 5), held(0, 'a', 'L4', 4)];
    const of = (a: number, b: number) => ({ index: expect.closeTo(jain([a, b]) as number, 6), projects: 2 });
    expect(index(records)).toEqual(of(1, 2 / 4));
    const weighted = { ...DEFAULT_SETTINGS, projects: projects({ a: { weight: 3 }, b: { weight: 1 } }) };
    expect(index(records, weighted)).toEqual(of(1, 1));
    // It asks for one slot only.
    expect(index(records.map((one) => (one.kind === 'queued' ? { ...one, slots: 1 } : one)))).toEqual(of(1, 2 / 3));
  });

  it('is not lowered by waits for slots that others had before', () => {
    expect(index([held(0, 'a', 'L1', 8), wants(0, 'b', 'T2', 3), held(50, 'b', 'L3', 3)])).toEqual({
      index: 1,
      projects: 2,
    });
    // Each asks for all at once and holds nothing while it waits.
    const inTurn = [0, 1, 2, 3].flatMap((at) => [
      wants(0, `p${at}`, `T${at}`, 8),
      kept(at * 20, 'granted', { project: `p${at}`, lease: `L${at}`, ticket: `T${at}`, slots: 8 }),
      kept(at * 20 + 20, 'released', { project: `p${at}`, lease: `L${at}`, slots: 8 }),
    ]);
    expect(index(inTurn)?.index).toBeGreaterThan(0.9);
  });

  it('is lowered by slots that are free while a request waits for slots', () => {
    const free = [held(0, 'a', 'L1', 2), held(0, 'b', 'L2', 1), wants(0, 'b', 'T3', 1)];
    expect(index(free)?.index).toBeCloseTo(jain([1, 1 / 2]) as number, 6);
    const because = (more: object) => [...free.slice(0, 2), wants(0, 'b', 'T3', 1, more)];
    expect(index(because({ reason: 'behind-others', binding: 'project-limit' }))?.index).toBe(1);
    expect(index(because({ reason: null }))?.index).toBe(1);
    for (const reason of ['insufficient-slots', 'behind-others', 'health-degraded'])
      expect(index(because({ reason }))?.index).toBeLessThan(1);
    // It waits for slots in the last tenth of the time only.
    const late = [...because({ reason: 'project-limit' }), waiting(90, 'T3', { reason: 'insufficient-slots' })];
    expect(index(late)?.index).toBeCloseTo(jain([1, 100 / 110]) as number, 6);
  });

  it('shares out what a project does not need among the others', () => {
    // c needs 1 of 8; of the other 7, a and b may have 3.5 each. b waits while a is granted more.
    const records = [held(0, 'c', 'L1', 1), held(0, 'b', 'L2', 2), wants(0, 'b', 'T3', 5), held(0, 'a', 'L4', 5)];
    expect(index(records)?.index).toBeCloseTo(jain([1, 2 / 3.5, 1]) as number, 6);
  });

  it('is unknown when no request waited, and when no project was served', () => {
    expect(index([held(0, 'a', 'L1', 2)])).toBeNull();
    expect(index([wants(0, 'a', 'T1', 2)])).toEqual({ index: null, projects: 1 });
    expect(index([wants(0, 'a', 'T1', 2, { reason: 'paused' })])).toEqual({ index: null, projects: 0 });
  });
});

describe('the longest wait of a project', () => {
  const queued = (at: number, ticket: string, more: object) =>
    kept(at, 'queued', { project: 'odin', ticket, slots: 1, ...more });
  const granted = (at: number, ticket: string, waited: number) =>
    kept(at, 'granted', { project: 'odin', ticket, lease: `L${ticket}`, slots: 1, waited_seconds: waited });
  const advice = (records: readonly KeptRecord[]) =>
    reportOf({
      ...{ state: aState(4), settings: DEFAULT_SETTINGS.budget, workflow: null, tally: tallyOf(records, 4) },
      ...{ score: NO_SCORE, idle: new Set() },
    }).advice;

  it('has the time of each cause, from one record to the next, and the use of the slots meanwhile', () => {
    const records = [
      kept(0, 'granted', { project: 'x', lease: 'L1', slots: 4, waited_seconds: 0 }),
      queued(100, 'T1', { reason: 'insufficient-slots' }),
      kept(130, 'waiting', { ticket: 'T1', reason: 'behind-others', binding: 'health-degraded' }),
      kept(200, 'released', { project: 'x', lease: 'L1', slots: 2 }),
      kept(260, 'waiting', { ticket: 'T1', reason: 'insufficient-slots' }),
      kept(280, 'waiting', { ticket: 'T1', reason: null }),
      kept(299.5, 'waiting', { ticket: 'T1', reason: 'paused' }),
      granted(300, 'T1', 200),
      queued(400, 'T2', { reason: 'paused' }),
      granted(500, 'T2', 100),
    ];
    expect(advice(records)).toEqual([
      {
        ...{ code: 'waited', project: 'odin', waitedSeconds: 200, used: 0.75 },
        causes: [
          { reason: 'health-degraded', seconds: 130 },
          { reason: 'insufficient-slots', seconds: 50 },
        ],
      },
    ]);
  });

  it('has no causes when its records name none', () => {
    expect(advice([queued(0, 'T1', {}), granted(100, 'T1', 100)])).toEqual([
      { code: 'waited', project: 'odin', waitedSeconds: 100, used: 0, causes: [] },
    ]);
    // An older version queued it; a newer one has recorded the rest.
    const [one] = advice([
      queued(0, 'T1', {}),
      kept(70, 'waiting', { ticket: 'T1', reason: 'paused' }),
      granted(100, 'T1', 100),
    ]);
    expect(one).toMatchObject({ causes: [{ reason: 'paused', seconds: 30 }] });
  });
});

describe('a spread', () => {
  it('of one value has that value as every quantile, and a mean that is no larger', () => {
    const spread = new Spread();
    for (const value of [31.5, 31.5]) spread.add(value);
    expect([spread.quantile(0.5), spread.quantile(0.95), spread.mean]).toEqual([31.5, 31.5, 31.5]);
    const none = new Spread();
    expect(none.quantile(0.95)).toBe(0);
    none.merge(spread);
    expect([none.quantile(0.95), none.count, none.max]).toEqual([31.5, 2, 31.5]);
  });

  it('has quantiles that occurred, at most a tenth above the exact ones', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.01, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 200 }),
        fc.constantFrom(0.5, 0.9, 0.95),
        (values, part) => {
          const spread = new Spread();
          for (const value of values) spread.add(value);
          const sorted = [...values].sort((a, b) => a - b);
          const exact = sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] as number;
          expect(values).toContain(spread.quantile(part));
          expect(spread.quantile(part)).toBeGreaterThanOrEqual(exact);
          expect(spread.quantile(part) / exact).toBeLessThanOrEqual(1.1 + 1e-9);
          expect(spread.max).toBe(sorted.at(-1));
        },
      ),
    );
  });
});

describe('a series', () => {
  it('has the averages and sums of each step', () => {
    const series = new Series(10, later(0), later(1_000_000), 10);
    const records = inOrder([
      ...served(0, 'a', 4, 0, 250),
      kept(450, 'sample', { memory_percent: 60, cpu_percent: 10, effective_max_slots: 8 }),
      kept(460, 'usage', { agent: 'a/x', tokens: 500, cost: 0.25 }),
    ]);
    for (const record of records) series.take(record);
    const points = series.points();
    expect(points.map(({ slots }) => slots)).toEqual([4, 4, 2, 0, 0, 0, 0, 0, 0, 0]);
    expect(points[4]).toMatchObject({ memoryPercent: 60, cpuPercent: 10, tokens: 500, costMicroUsd: 250_000 });
    expect(points[0]?.memoryPercent).toBeNull();
    expect(points[9]?.capacity).toBe(8);
  });

  it('keeps the most at one moment in each step, and the values at the end', () => {
    const series = new Series(10, later(0), later(1_000_000), 4);
    const records = inOrder([
      ...served(0, 'a', 8, 0, 4),
      ...served(4, 'a', 1, 0, 2000),
      kept(10, 'queued', { project: 'b', ticket: 'T3', slots: 6 }),
      kept(20, 'queued', { project: 'b', ticket: 'T4', slots: 3 }),
      kept(30, 'withdrawn', { project: 'b', ticket: 'T3' }),
      kept(300, 'sample', { memory_percent: 90, cpu_percent: 10, effective_max_slots: 12 }),
      kept(310, 'sample', { memory_percent: 30, cpu_percent: null, effective_max_slots: 2 }),
      kept(320, 'sample', { memory_percent: null, cpu_percent: null, effective_max_slots: 2 }),
    ]).filter(({ at }) => at <= later(1_000_000));
    for (const record of records) series.take(record);
    const most = series.points().map((point) => point.most);
    expect(most.map(({ slots, queued, capacity }) => [slots, queued, capacity])).toEqual([
      [8, 9, 10],
      [1, 3, 12],
      [1, 3, 2],
      [1, 3, 2],
    ]);
    expect(most[1]).toMatchObject({ memoryPercent: 90, cpuPercent: 10 });
    expect(most[0]).toMatchObject({ memoryPercent: null, cpuPercent: null });
    expect(series.end()).toEqual({ slots: 1, queued: 3, capacity: 2, memoryPercent: 30, cpuPercent: 10 });
  });

  it('counts nothing as most that was held for no time', () => {
    const series = new Series(10, later(0), later(1_000_000), 1);
    for (const record of inOrder([...served(0, 'a', 8, 0, 0), ...served(0, 'a', 2, 0, 500)])) series.take(record);
    expect(series.points()[0]?.most.slots).toBe(2);
  });

  it('has no values before the history begins', () => {
    const series = new Series(10, later(0), later(1_000_000), 4);
    for (const record of served(600, 'a', 2, 0, 10)) series.take(record);
    expect(series.points().map(({ slots }) => slots === null)).toEqual([true, true, false, false]);
  });
});

describe('a report', () => {
  const auth: AgentBudget = {
    ...newAgent('a/auth', 'default', NOW),
    allocated: { tokens: 1000, timeMs: null, costMicroUsd: 5_000_000 },
    consumed: { tokens: 1200, timeMs: 0, costMicroUsd: 1_000_000 },
    progress: 50,
  };
  const idler: AgentBudget = {
    ...newAgent('b/idle', 'default', NOW),
    allocated: { tokens: 5000, timeMs: null, costMicroUsd: null },
  };
  const state = { ...aState(10), budgets: { workflows: [], agents: [auth, idler] } };
  const records = [
    kept(0, 'granted', { project: 'a', lease: 'L600', slots: 2, waited_seconds: 90, agents: ['auth'] }),
    kept(0, 'usage', { agent: 'a/auth', workflow: 'default', tokens: 600, cost: 0.5 }),
    kept(400, 'usage', { agent: 'a/auth', workflow: 'default', tokens: 600, cost: 0.5, progress: 50 }),
    kept(400, 'budget', { agent: 'a/auth', workflow: 'default', from: 'red', to: 'black' }),
    kept(400, 'ending', { lease: 'L600', project: 'a', why: 'budget: a/auth has used it up' }),
    kept(400.4, 'released', { project: 'a', lease: 'L600', slots: 2, held_seconds: 400 }),
    kept(10, 'queued', { project: 'b', ticket: 'T601', slots: 4 }),
  ];
  const report = reportOf({
    settings: DEFAULT_SETTINGS.budget,
    state,
    workflow: null,
    tally: tallyOf(records),
    score: NO_SCORE,
    idle: new Set(['b/idle']),
  });

  it('has usage, overruns and the time until a run was ended', () => {
    expect(report.agents).toMatchObject([{ agent: 'a/auth', tokens: 1200, costMicroUsd: 1_000_000, reports: 2 }]);
    expect(report.overruns).toEqual([
      { agent: 'a/auth', workflow: 'default', dimension: 'tokens', allocated: 1000, consumed: 1200 },
    ]);
    expect(report.quality.responsivenessSeconds).toBeCloseTo(0.4, 3);
    expect(report.quality.utilisation).toBeCloseTo(0.2, 5);
  });

  it('has the largest excess of each agent in the span, whatever became of its budget', () => {
    const over = (at: number, agent: string, allocated: number, consumed: number, more = {}) =>
      kept(at, 'overrun', { agent, workflow: 'default', dimension: 'tokens', allocated, consumed, ...more });
    const past = [
      over(-10, 'c/early', 1, 100),
      over(10, 'A/Auth', 500, 900),
      over(20, 'b/idle', 1000, 3000),
      over(30, 'c/gone', 1000, 5000),
      over(40, 'c/gone', 2000, 5500),
      over(50, 'd/x', 1, 2, { workflow: 'other' }),
      over(60, 'd/x', 1, 2, { dimension: 'unknown' }),
    ];
    const of = (workflow: string | null) => {
      const input = {
        state,
        settings: DEFAULT_SETTINGS.budget,
        workflow,
        tally: tallyOf([...records, ...past]),
        score: NO_SCORE,
        idle: new Set<string>(),
      };
      const { overruns, advice } = reportOf(input);
      const said = overruns.map(({ agent, allocated, consumed }) => [agent, allocated, consumed]);
      return [said, advice.flatMap((one) => (one.code === 'overrun' ? [[one.agent, one.by]] : []))];
    };
    // The present budget of b/idle is enough by now, so nothing is advised for it.
    expect(of('default')).toEqual([
      [
        ['A/Auth', 500, 900],
        ['b/idle', 1000, 3000],
        ['c/gone', 1000, 5000],
      ],
      [
        ['A/Auth', 400],
        ['c/gone', 4000],
      ],
    ]);
    expect(of(null)[0]).toContainEqual(['d/x', 1, 2]);
  });

  it('measures only endings by a budget, whatever their text', () => {
    const quality = (ending: object) =>
      reportOf({
        settings: DEFAULT_SETTINGS.budget,
        state,
        workflow: null,
        tally: tallyOf([
          kept(0, 'granted', { project: 'a', lease: 'L1', slots: 1, waited_seconds: 0 }),
          kept(1, 'ending', { lease: 'L1', project: 'a', why: 'budget: I only typed this', ...ending }),
          kept(2, 'killed', { project: 'a', lease: 'L1', why: 'budget: I only typed this', held_seconds: 2 }),
        ]),
        score: NO_SCORE,
        idle: new Set(),
      }).quality.responsivenessSeconds;
    expect(quality({ by: 'person' })).toBeNull();
    expect(quality({ by: 'budget' })).toBeCloseTo(1, 3);
    // Old records have no cause, so their text decides.
    expect(quality({})).toBeCloseTo(1, 3);
  });

  it('measures an ending that was ordered twice from the first order on', () => {
    const ending = (at: number) =>
      kept(at, 'ending', { lease: 'L1', project: 'a', why: 'budget: used up', by: 'budget' });
    const { quality } = reportOf({
      ...{ state, settings: DEFAULT_SETTINGS.budget, workflow: null, score: NO_SCORE, idle: new Set<string>() },
      tally: tallyOf([ending(1), ending(130), kept(140, 'reclaimed', { project: 'a', lease: 'L1', slots: 1 })]),
    });
    expect(quality.responsivenessSeconds).toBeCloseTo(139, 3);
  });

  it('has the colours of the present budgets by what the pool is now', () => {
    const total = { tokens: 5000, timeMs: null, costMicroUsd: null };
    const drawer: AgentBudget = {
      ...newAgent('a/auth', 'default', NOW),
      drawn: { tokens: 4900, timeMs: 0, costMicroUsd: 0 },
      consumed: { tokens: 4900, timeMs: 0, costMicroUsd: 0 },
    };
    const budgets = { workflows: [{ ...newWorkflow('default'), total }], agents: [drawer] };
    const { agents } = reportOf({
      ...{ state: { ...state, budgets }, settings: DEFAULT_SETTINGS.budget, workflow: null },
      ...{ tally: tallyOf(records), score: NO_SCORE, idle: new Set<string>() },
    });
    expect(agents.map(({ budget }) => [drawer.level, budget?.level])).toEqual([['green', 'red']]);
  });

  it('has advice with the figures behind it', () => {
    expect(report.advice).toEqual([
      { code: 'waited', project: 'a', waitedSeconds: 90, used: null, causes: [] },
      { code: 'overrun', agent: 'a/auth', dimension: 'tokens', by: 200 },
      { code: 'unused', agent: 'b/idle', dimension: 'tokens', left: 5000 },
    ]);
  });

  it('on another workflow has no agents of this one', () => {
    const other = reportOf({
      settings: DEFAULT_SETTINGS.budget,
      state,
      workflow: 'w',
      tally: tallyOf(records),
      score: NO_SCORE,
      idle: new Set(),
    });
    expect(other).toMatchObject({ agents: [], overruns: [], workflows: [] });
  });

  it('recommends the pool only to a workflow of which an agent ran over', () => {
    const total = { tokens: 9000, timeMs: null, costMicroUsd: null };
    const budgets = {
      workflows: ['default', 'other'].map((name) => ({ ...newWorkflow(name), total })),
      agents: [auth, idler],
    };
    const { advice } = reportOf({
      settings: DEFAULT_SETTINGS.budget,
      ...{ state: { ...state, budgets }, workflow: null, tally: tallyOf(records), score: NO_SCORE, idle: new Set() },
    });
    expect(advice.filter(({ code }) => code === 'pool-idle')).toEqual([
      { code: 'pool-idle', workflow: 'default', dimension: 'tokens', left: 3000 },
    ]);
  });

  it('on efficiency has usage per progress, idle time and the waits that the agent caused', () => {
    const efficiency = efficiencyOf(auth, tallyOf(records));
    expect(efficiency).toMatchObject({
      used: { tokens: 1.2, timeMs: null, costMicroUsd: 0.2 },
      perProgress: { tokens: 24, costMicroUsd: 20_000 },
      idleShare: 1,
      waitsSufferedSeconds: 90,
    });
    // A run before it counts for nothing.
    const night = kept(-60, 'usage', { agent: 'A/auth', tokens: 90_000, progress: 100 });
    expect(efficiencyOf(auth, tallyOf([night, ...records], 10, -100))).toMatchObject({
      perProgress: { tokens: 24, costMicroUsd: 20_000 },
      idleShare: 1,
    });
    const over = [...records, kept(500, 'granted', { project: 'a', lease: 'L900', slots: 1, agents: ['auth'] })];
    expect(efficiencyOf(auth, tallyOf(over))).toMatchObject({ perProgress: null, idleShare: null });
    // b waits for four slots while the agent holds all that are in use: from the 10th second to its release.
    expect(efficiency.waitsCausedSeconds).toBeCloseTo(4 * 390.4, 1);
  });
});
