/** A clock that was set: the instants of the state move with it, and nothing ends earlier or later for it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newAgent } from '../../../src/core/budget/allocate.ts';
import type { AgentBudget, WorkflowBudget } from '../../../src/core/model/budget.ts';
import { DAY_MS, HOUR_MS, type Instant } from '../../../src/core/model/instants.ts';
import type { Ending, Spawn } from '../../../src/core/model/lease.ts';
import { NO_TASKS } from '../../../src/core/model/session.ts';
import type { State } from '../../../src/core/model/state.ts';
import { EMPTY_VM_STATE } from '../../../src/core/model/state.ts';
import { DEFAULT_SETTINGS } from '../../../src/core/settings/settings.ts';
import { inPresentTime, isInPresentTime, RULES } from '../../../src/core/settle/clock.ts';
import { transition } from '../../../src/core/transition.ts';
import { codeOf } from '../../helpers/code.ts';
import { aLease, anEntry, aState, later, NOW } from '../../helpers/state.ts';
import { aWorld, beginning, environmentOf, settingsFor, stepFor, take } from '../../properties/world.ts';
import '../../helpers/property-seed.ts';

const YEAR_MS = 365 * DAY_MS;
const BOOTED = later(-5 * DAY_MS);
const clockAt = (at: number, boot = 'b') => ({ boot, at: at as Instant });

/** A state with a value in each instant. */
function full(): State {
  // They differ by a second each.
  let count = 0;
  const past = (): Instant => later(-1000 * ++count);
  const ahead = (): Instant => later(1000 * ++count);
  const spawn = (): Spawn => ({ session: 's', toolCall: null, agentId: 'a', isNested: false, heardAt: past() });
  const ending = (): Ending => ({ since: past(), why: '', by: 'person' });
  const window = () => ({ per: 'day', timeZone: 'UTC', startedAt: past(), endsAt: ahead() });
  const agent = (): AgentBudget => ({
    ...newAgent('a/b', 'w', NOW),
    reservations: [{ id: 'R1', amounts: { tokens: 1, timeMs: 0, costMicroUsd: 0 }, holder: null, until: ahead() }],
    stopped: { reason: '', at: past() },
    allocatedAt: past(),
    reportedAt: past(),
    reclaimedAt: past(),
    window: window(),
  });
  const none = { tokens: 0, timeMs: 0, costMicroUsd: 0 };
  const unlimited = { tokens: null, timeMs: null, costMicroUsd: null };
  const workflow: WorkflowBudget = {
    workflow: 'w',
    total: unlimited,
    reserve: none,
    ended: { allocated: none, consumed: none },
    pressure: 'none',
    window: window(),
    extra: {},
  };
  const named = { name: 'x', pid: null, progress: 5, phase: null, progressAt: past(), extra: {} };
  const lease = { acquiredAt: past(), expiresAt: ahead(), pausedAt: past(), agents: [named] };
  const entry = { queuedAt: past(), offeredUntil: ahead(), offeredSlots: 1, lapsedAt: past(), spawn: spawn() };
  const session = { id: 's', project: 'p', agent: null, process: null, transcript: null, startedAt: past() };
  return {
    ...aState(
      9,
      [aLease('L1', 'p', 1, { ...lease, spawn: spawn(), ending: ending() })],
      [anEntry('T2', 'p', 1, entry)],
    ),
    vmState: {
      ...EMPTY_VM_STATE,
      ...{ strainedSince: past(), criticalSince: past(), calmSince: past() },
      ...{ steppedAt: past(), reapedAt: past(), sampledAt: past() },
    },
    lastGrantAt: past(),
    budgets: { workflows: [workflow], agents: [agent()] },
    sessions: [{ ...session, tasks: NO_TASKS, endedAgents: [], extra: {} }],
    clock: clockAt(BOOTED),
  };
}

/** All instants in a value, by path: numbers of the size of a present time. */
function instantsIn(value: unknown, path = ''): Map<string, number> {
  if (typeof value === 'number') return new Map(value > 1e11 ? [[path, value]] : []);
  if (value === null || typeof value !== 'object' || value instanceof Map) return new Map();
  return new Map(Object.entries(value).flatMap(([key, inner]) => [...instantsIn(inner, `${path}.${key}`)]));
}

const namesIn = (rules: object): string[] =>
  Object.entries(rules).flatMap(([name, rule]) => (typeof rule === 'function' ? [name] : namesIn(rule)));

const DATES = /\.window\.|^\.clock\.at$/;
const move = (state: State, byMs: number, boot = 'b', settings = DEFAULT_SETTINGS) =>
  inPresentTime(state, { now: later(byMs), clock: clockAt(BOOTED + byMs, boot) }, settings);

describe('the table of instants', () => {
  it('judges each instant of the model', () => {
    const folder = 'src/core/model';
    const fields = new Set<string>();
    // Records of the history keep the time at which they were written.
    for (const name of readdirSync(folder).filter((file) => file !== 'record.ts'))
      for (const [, field] of codeOf(readFileSync(join(folder, name), 'utf8')).matchAll(/readonly (\w+): Instant\b/g))
        if (name !== 'instants.ts') fields.add(field as string);
    const judged = new Set(namesIn(RULES));
    expect(fields.size).toBeGreaterThan(20);
    expect([...fields].filter((field) => !judged.has(field))).toEqual([]);
    // The sample below holds a value in each of them.
    const sampled = new Set([...instantsIn(full()).keys()].map((path) => path.split('.').at(-1) as string));
    expect([...judged].filter((name) => !sampled.has(name))).toEqual([]);
  });

  it.each([HOUR_MS, -HOUR_MS, 5_000, -5_000, 73 * YEAR_MS, -40 * YEAR_MS])('moves all but dates by %i ms', (byMs) => {
    const before = full();
    const { state, isMoved, events } = move(before, byMs);
    expect(isMoved).toBe(true);
    expect(events).toEqual([{ kind: 'clock-set', seconds: byMs / 1000 }]);
    const after = instantsIn(state);
    for (const [path, at] of instantsIn(before))
      if (!DATES.test(path)) expect({ path, at: after.get(path) }).toEqual({ path, at: at + byMs });
    for (const [path, at] of instantsIn(before.budgets))
      if (DATES.test(path)) expect(instantsIn(state.budgets).get(path)).toBe(at);
    expect(state.clock).toEqual(clockAt(BOOTED + byMs));
    // There and back is as before.
    const back = inPresentTime(state, { now: NOW, clock: clockAt(BOOTED) }, DEFAULT_SETTINGS).state;
    expect(back).toEqual(before);
  });

  it('keeps the date of a lease and the missing beginning of a budget that a person wrote', () => {
    const before = full();
    const leases = [aLease('L1', 'p', 1, { acquiredAt: null, expiresAt: later(DAY_MS) })];
    const agents = before.budgets.agents.map((agent) => ({ ...agent, allocatedAt: 0 as Instant }));
    const { state } = move({ ...before, leases, budgets: { ...before.budgets, agents } }, 3 * HOUR_MS);
    expect(state.leases[0]?.expiresAt).toBe(later(DAY_MS));
    expect(state.budgets.agents[0]?.allocatedAt).toBe(0);
  });
});

describe('the clock of a state', () => {
  it('returns the same state while nobody sets the clock, whatever the errors of reading', () => {
    const state = full();
    for (const error of [0, 1, -1, 1_999, -2_000])
      expect(inPresentTime(state, { now: NOW, clock: clockAt(BOOTED + error) }, DEFAULT_SETTINGS)).toEqual({
        state,
        isMoved: false,
        events: [],
      });
    expect(inPresentTime(state, { now: NOW, clock: clockAt(BOOTED) }, DEFAULT_SETTINGS).state).toBe(state);
    expect(inPresentTime(state, { now: NOW, clock: null }, DEFAULT_SETTINGS).state).toBe(state);
  });

  it('gives all readers the same state, though each reads the clocks with an error of its own', () => {
    const state = full();
    const read = (error: number) =>
      inPresentTime(state, { now: later(HOUR_MS), clock: clockAt(BOOTED + HOUR_MS + error) }, DEFAULT_SETTINGS).state;
    expect(read(-300)).toEqual(read(300));
    expect(isInPresentTime(read(-300), { now: NOW, clock: clockAt(BOOTED + HOUR_MS + 300) })).toBe(true);
  });

  it.each([null, clockAt(BOOTED, 'another')])(
    'bounds what is later than it can be, without a jump known: %j',
    (clock) => {
      const far = 73 * YEAR_MS;
      const ahead = move(full(), far).state;
      const { state, isMoved } = inPresentTime(
        { ...ahead, clock },
        { now: NOW, clock: clockAt(BOOTED) },
        DEFAULT_SETTINGS,
      );
      expect(isMoved).toBe(true);
      for (const [path, at] of instantsIn({ ...state, budgets: { ...state.budgets, workflows: [] } }))
        if (!DATES.test(path)) expect({ path, isBounded: at <= NOW + DAY_MS }).toEqual({ path, isBounded: true });
      const [lease, before] = [state.leases[0], ahead.leases[0]];
      const begun = Math.max(before?.acquiredAt ?? 0, before?.spawn?.heardAt ?? 0);
      expect(lease?.expiresAt).toBe(NOW + (before?.expiresAt ?? 0) - begun);
      expect(state.queue[0]?.offeredUntil).toBe(NOW + DEFAULT_SETTINGS.claimWithinMs);
      expect(state.clock).toEqual(clockAt(BOOTED));
    },
  );

  it('moves nothing of a state of another boot whose instants are sound', () => {
    const before = { ...full(), clock: null };
    const { state, isMoved } = inPresentTime(before, { now: NOW, clock: clockAt(BOOTED) }, DEFAULT_SETTINGS);
    expect(isMoved).toBe(false);
    expect(state).toEqual({ ...before, clock: clockAt(BOOTED) });
  });
});

describe('decisions', () => {
  const jump = fc
    .constantFrom(3_000, HOUR_MS, 5 * HOUR_MS, DAY_MS, YEAR_MS, 73 * YEAR_MS)
    .chain((ms) => fc.boolean().map((isBack) => (isBack ? -ms : ms)));
  const plays = fc.record({
    state: beginning,
    settings: settingsFor(null),
    steps: fc.array(fc.record({ step: stepFor(null), jump: fc.option(jump, { freq: 2 }) }), {
      ...{ minLength: 1, maxLength: 30, size: 'max' },
    }),
  });

  it('are those of a machine whose clock nobody set', () => {
    fc.assert(
      fc.property(plays, ({ state, settings, steps }) => {
        let world = aWorld({ ...state, clock: clockAt(BOOTED) }, settings);
        // The same machine, with a clock that is set now and then.
        let twin = world.state;
        let offMs = 0;
        for (const { step, jump } of steps) {
          if (step.do === 'clock' && step.ms < 0) continue;
          offMs += jump ?? 0;
          const present = (of: State): State =>
            inPresentTime(of, { now: later(offMs, world.now), clock: clockAt(BOOTED + offMs) }, world.settings).state;
          const taken = take(world, step);
          world = taken.world;
          if (step.do === 'health') {
            const { vmState } = world.state;
            twin = { ...present(twin), vmState: { ...vmState, sampledAt: later(offMs, vmState.sampledAt ?? NOW) } };
          }
          if (taken.command === null) continue;
          const env = environmentOf(world);
          const done = transition(world.state, taken.command, env);
          const theirs = transition(present(twin), taken.command, { ...env, now: later(offMs, env.now) });
          world = { ...world, state: done.state };
          twin = theirs.state;
          expect(theirs.outcome.kind).toBe(done.outcome.kind);
          const back = inPresentTime(twin, { now: env.now, clock: clockAt(BOOTED) }, world.settings).state;
          expect(back).toEqual(done.state);
        }
      }),
      { numRuns: 200 },
    );
  });
});
