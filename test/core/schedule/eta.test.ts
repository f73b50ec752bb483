import { describe, expect, it } from 'vitest';
import type { Agent } from '../../../src/core/model/lease.ts';
import { agentEta, lastOf, learnedDurations, leaseEta } from '../../../src/core/schedule/eta.ts';
import { transition } from '../../../src/core/transition.ts';
import { aLease, anEnvironment, aState, byProject, later, NOW, process_ } from '../../helpers/state.ts';

const MINUTE = 60_000;
const agent = (progress: number | null, reportedAgoMs = 0): Agent => ({
  name: 'auth',
  pid: null,
  progress,
  phase: null,
  progressAt: progress === null ? null : later(-reportedAgoMs),
  extra: {},
});
const lease = (agents: readonly Agent[], more: object = {}) =>
  aLease('L1', 'odin', agents.length || 1, { acquiredAt: later(-10 * MINUTE), agents, ...more });

describe('the eta of an agent', () => {
  it.each([
    [
      '60% in ten minutes leaves two thirds of that time',
      agent(60),
      { ms: (10 * MINUTE * 2) / 3, confidence: 'likely' },
    ],
    ['little progress is a rough guess', agent(10), { ms: 90 * MINUTE, confidence: 'rough' }],
    ['very little progress gives no eta', agent(3), null],
    ['no progress report', agent(null), null],
    ['progress written by hand', { ...agent(50), progressAt: null }, { ms: 10 * MINUTE, confidence: 'likely' }],
    ['a finished agent', agent(100), { ms: 0, confidence: 'likely' }],
    // 80% after six minutes: a minute and a half remains, and the last report is four minutes old.
    ['a late agent still has some time left', agent(80, 4 * MINUTE), { ms: 22_500, confidence: 'rough' }],
    ['an agent that is silent for too long has no eta', agent(90, 9 * MINUTE), null],
  ])('%s', (_, one, want) => {
    const got = agentEta(one, lease([one]), NOW);
    if (want === null) expect(got).toBeNull();
    else expect(got).toMatchObject({ basis: 'progress', ...want });
  });
});

describe('the eta of a lease', () => {
  const state = aState(9, [], [], { learnedDuration: byProject({ odin: 25 * MINUTE }) });

  it('is the eta of its slowest agent', () => {
    expect(leaseEta(lease([agent(50), agent(80)]), state, NOW)?.ms).toBe(10 * MINUTE);
  });

  it('comes from the project’s usual duration if an agent reports no progress, otherwise from the lease’s limit', () => {
    const silent = lease([agent(50), agent(null)]);
    expect(leaseEta(silent, state, NOW)).toEqual({ ms: 15 * MINUTE, basis: 'history', confidence: 'rough' });
    expect(leaseEta(lease([agent(null)]), aState(9), NOW)).toBeNull();
    const limited = { ...silent, expiresAt: later(3 * MINUTE) };
    expect(leaseEta(limited, aState(9), NOW)).toEqual({ ms: 3 * MINUTE, basis: 'limit', confidence: 'latest' });
    expect(leaseEta(limited, state, NOW)).toEqual({ ms: 3 * MINUTE, basis: 'limit', confidence: 'latest' });
  });

  it('is never before the end of one of its agents, and says where its figure comes from', () => {
    // The usual duration leaves 15 minutes; an agent at 20% after ten minutes needs 40.
    const slow = lease([agent(20), agent(null)]);
    expect(leaseEta(slow, state, NOW)).toEqual({ ms: 40 * MINUTE, basis: 'progress', confidence: 'rough' });
    expect(leaseEta(slow, aState(9), NOW)).toEqual({ ms: 40 * MINUTE, basis: 'progress', confidence: 'earliest' });
    const unnamed = { ...lease([agent(20)]), slots: 3 };
    expect(leaseEta(unnamed, state, NOW)).toMatchObject({ ms: 40 * MINUTE, basis: 'progress' });
    const old = { ...slow, acquiredAt: later(-40 * MINUTE) };
    expect(leaseEta(old, state, NOW)).toEqual({ ms: 160 * MINUTE, basis: 'progress', confidence: 'earliest' });
  });

  it('and those of its agents are never after its time limit', () => {
    const limited = lease([agent(20)], { expiresAt: later(3 * MINUTE) });
    const limit = { ms: 3 * MINUTE, basis: 'limit', confidence: 'latest' };
    expect(agentEta(agent(20), limited, NOW)).toEqual(limit);
    expect(leaseEta(limited, state, NOW)).toEqual(limit);
    // The time limit of an agent inside a session moves while it works.
    const moving = {
      ...limited,
      spawn: { session: 's', toolCall: null, agentId: null, isNested: false, heardAt: NOW },
    };
    expect(leaseEta(moving, state, NOW)?.ms).toBe(40 * MINUTE);
  });

  it('is unknown if the lease has lasted longer than usual', () => {
    expect(leaseEta(lease([], { acquiredAt: later(-40 * MINUTE) }), state, NOW)).toBeNull();
  });
});

describe('the eta of several leases', () => {
  const likely = { ms: 5, basis: 'progress', confidence: 'likely' } as const;
  const usual = { ms: 3, basis: 'history', confidence: 'rough' } as const;
  const limit = { ms: 4, basis: 'limit', confidence: 'latest' } as const;

  it.each([
    ['the latest with its basis and the lowest confidence', [likely, usual], { ...likely, confidence: 'rough' }],
    ['the order does not matter', [usual, likely], { ...likely, confidence: 'rough' }],
    ['a limit before the last end takes no confidence', [likely, limit], likely],
    ['the limit is last', [limit, { ...likely, ms: 1 }], limit],
    ['the limit is last and others are rough', [limit, usual], { ...limit, confidence: 'rough' }],
    ['one of them is unknown', [likely, null], { ...likely, confidence: 'earliest' }],
    ['all are unknown', [null], null],
    ['none', [], null],
  ])('%s', (_, etas, want) => expect(lastOf(etas)).toEqual(want));
});

describe('the usual duration', () => {
  const holder = process_(5);
  const held = aState(9, [aLease('L1', 'Odin', 2, { acquiredAt: later(-10 * MINUTE), holder })]);
  const release = { kind: 'release', project: 'odin', slots: null, lease: null, all: true, caller: null } as const;

  it('is learned from leases that end by themselves', () => {
    const first = transition(held, release, anEnvironment()).state;
    expect([...first.learnedDuration]).toEqual([['odin', 10 * MINUTE]]);
    const again = { ...held, learnedDuration: byProject({ odin: 20 * MINUTE }) };
    const second = transition(again, release, anEnvironment()).state.learnedDuration.get('odin' as never) as number;
    expect(second).toBeGreaterThan(15 * MINUTE);
    expect(second).toBeLessThan(18 * MINUTE);
    const died = transition(held, { kind: 'settle' }, anEnvironment({}, NOW, [holder])).state;
    expect(died.learnedDuration.size).toBe(1);
  });

  it('is not learned from leases that are killed, expire or are released in part', () => {
    const none = { ...held, leases: [] };
    const killed = { kind: 'killed', lease: 'L1', project: 'Odin', why: 'x' } as never;
    expect(learnedDurations(held, none, [killed], NOW).size).toBe(0);
    const expired = aState(9, [aLease('L1', 'odin', 2, { acquiredAt: later(-MINUTE), expiresAt: later(-1) })]);
    expect(transition(expired, { kind: 'settle' }, anEnvironment()).state.learnedDuration.size).toBe(0);
    const part = transition(held, { ...release, slots: 1, all: false, caller: holder }, anEnvironment()).state;
    expect(part.learnedDuration.size).toBe(0);
  });
});
