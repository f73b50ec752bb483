/** Events of a session in any order, repeated or lost, and their effect on the leases of its agents. */
import { describe, expect, it } from 'vitest';
import type { SessionEvent } from '../../../src/core/commands/session.ts';
import { sessionChange } from '../../../src/core/commands/session.ts';
import type { SpawnAgentCommand } from '../../../src/core/commands/spawn-agent.ts';
import { silentAgents } from '../../../src/core/hooks/silence.ts';
import { violations } from '../../../src/core/invariants.ts';
import type { LeaseId, TicketId } from '../../../src/core/model/ids.ts';
import type { Instant } from '../../../src/core/model/instants.ts';
import type { Lease, Spawn } from '../../../src/core/model/lease.ts';
import type { Session, SessionFacts } from '../../../src/core/model/session.ts';
import { NO_TASKS } from '../../../src/core/model/session.ts';
import type { State } from '../../../src/core/model/state.ts';
import { transition } from '../../../src/core/transition.ts';
import { workOf } from '../../../src/core/usage/attribution.ts';
import {
  aLease,
  anEntry,
  anEnvironment,
  aRequest,
  aState,
  entryLines,
  later,
  NOW,
  process_,
} from '../../helpers/state.ts';

const S = 'session-of-the-tests';
const CLAUDE = process_(77);
const MINUTE = 60_000;

const FACTS: SessionFacts = { id: S, project: 'odin', agent: null, process: CLAUDE, transcript: '/t.jsonl' };

const spawnOf = (toolCall: string | null, agentId: string | null, heardAt: Instant = NOW): Spawn => ({
  session: S,
  toolCall,
  agentId,
  isNested: false,
  heardAt,
});

const anAgent = (id: string, toolCall: string | null, agentId: string | null, more: Partial<Lease> = {}): Lease =>
  aLease(id, 'odin', 1, {
    holder: CLAUDE,
    expiresAt: later(4 * 3_600_000),
    spawn: spawnOf(toolCall, agentId),
    agents:
      agentId === null
        ? []
        : [{ name: workOf(S, agentId), pid: null, progress: null, phase: null, progressAt: null, extra: {} }],
    ...more,
  });

const aSession = (more: Partial<Session> = {}): Session => ({
  id: S,
  project: 'odin',
  agent: null,
  process: CLAUDE,
  transcript: null,
  startedAt: NOW,
  tasks: NO_TASKS,
  endedAgents: [],
  extra: {},
  ...more,
});

/** Per lease `L1 t1=a1`: lease, tool call, agent. */
const agentLines = (state: State): string[] =>
  state.leases.map(({ id, spawn, agents }) => {
    const name = agents[0]?.name ?? '';
    const shown = name === '' || (spawn?.agentId && name === workOf(S, spawn.agentId)) ? '' : ` named ${name}`;
    return `${id} ${spawn?.toolCall ?? '-'}=${spawn?.agentId ?? '-'}${shown}`;
  });

interface Case {
  readonly name: string;
  readonly leases: readonly Lease[];
  readonly given: readonly SessionEvent[];
  readonly at?: Instant;
  readonly want: readonly string[];
  readonly wantWhy?: readonly string[];
}

const finish = (agentId: string | null, toolCall: string | null = null): SessionEvent => ({
  do: 'agent-ended',
  session: S,
  toolCall,
  agentId,
});
const bind = (toolCall: string | null, agentId: string): SessionEvent => ({
  do: 'agent-bound',
  session: S,
  toolCall,
  agentId,
});

const CASES: readonly Case[] = [
  {
    name: 'the answer of a call binds its agent',
    leases: [anAgent('L1', 't1', null), anAgent('L2', 't2', null)],
    given: [bind('t2', 'a2'), bind('t1', 'a1')],
    want: ['L1 t1=a1', 'L2 t2=a2'],
  },
  {
    name: 'an agent that starts before its call has answered takes the oldest unbound lease',
    leases: [anAgent('L1', 't1', null), anAgent('L2', 't2', null)],
    given: [bind(null, 'a2')],
    want: ['L1 t1=a2', 'L2 t2=-'],
  },
  {
    name: 'the answer of the call moves an agent that took another lease',
    leases: [anAgent('L1', 't1', null), anAgent('L2', 't2', null)],
    given: [bind(null, 'a2'), bind('t2', 'a2')],
    want: ['L1 t1=-', 'L2 t2=a2'],
  },
  {
    name: 'the answer of a call swaps two agents that are on each other’s lease',
    leases: [anAgent('L1', 't1', 'a2'), anAgent('L2', 't2', 'a1')],
    given: [bind('t1', 'a1')],
    want: ['L1 t1=a1', 'L2 t2=a2'],
  },
  {
    name: 'an agent that stops frees its own lease',
    leases: [anAgent('L1', 't1', 'a1'), anAgent('L2', 't2', 'a2')],
    given: [finish('a1')],
    want: ['L2 t2=a2'],
  },
  {
    name: 'a repeated stop frees one lease',
    leases: [anAgent('L1', 't1', 'a1'), anAgent('L2', 't2', 'a2')],
    given: [finish('a1'), finish('a1')],
    want: ['L2 t2=a2'],
  },
  {
    name: 'a stopped agent whose start event was lost frees one unbound lease, once',
    leases: [anAgent('L1', 't1', null), anAgent('L2', 't2', null), anAgent('L3', 't3', 'a3')],
    given: [finish('a9'), finish('a9')],
    want: ['L2 t2=-', 'L3 t3=a3'],
  },
  {
    name: 'a stopped agent whose start event was lost frees no bound lease',
    leases: [anAgent('L1', 't1', 'a1')],
    given: [finish('a9')],
    want: ['L1 t1=a1'],
  },
  {
    name: 'a call that returns frees its lease, bound or unbound',
    leases: [anAgent('L1', 't1', null), anAgent('L2', 't2', 'a2')],
    given: [finish(null, 't1'), finish('a2', 't2')],
    want: [],
  },
  {
    name: 'a call that returns with another agent on its lease leaves that agent a lease',
    leases: [anAgent('L1', 't1', 'a2'), anAgent('L2', 't2', 'a1')],
    given: [finish('a2', 't2')],
    want: ['L1 t1=a1'],
  },
  {
    name: 'a call that returns after its agent has stopped keeps another agent on its lease',
    leases: [anAgent('L1', 't1', 'a2'), anAgent('L2', 't2', 'a1')],
    given: [finish('a2'), finish('a2', 't2')],
    want: ['L2 t2=a1'],
  },
  {
    name: 'a call that returns keeps another agent on its lease, even without another lease for it',
    leases: [anAgent('L1', 't1', 'a2')],
    given: [finish('a1', 't1')],
    want: ['L1 t1=a2'],
  },
  {
    name: 'a call that returns without a lease frees no lease of another call',
    leases: [anAgent('L1', 't1', null)],
    given: [finish('a9', 't9')],
    want: ['L1 t1=-'],
  },
  {
    name: 'late events of a stopped agent take no other lease',
    leases: [anAgent('L1', 't1', 'a1'), anAgent('L2', 't2', null)],
    given: [finish('a1'), { do: 'agent-seen', session: S, agentId: 'a1' }, bind('t1', 'a1'), finish('a1', 't1')],
    want: ['L2 t2=-'],
  },
  {
    name: 'an agent that starts takes no lease whose spawn still waits for its grant',
    leases: [anAgent('L1', 't1', null, { ticket: 'T1' as TicketId, waiter: process_(900) })],
    given: [bind(null, 'a1')],
    want: ['L1 t1=-'],
  },
  {
    name: 'the end of a turn frees the leases of agents that no longer run',
    leases: [anAgent('L1', 't1', 'a1'), anAgent('L2', 't2', 'a2')],
    given: [{ do: 'turn-ended', session: S, running: ['a2'] }],
    at: later(MINUTE),
    want: ['L2 t2=a2'],
    wantWhy: ['L1 not-running'],
  },
  {
    name: 'the end of a turn keeps one unbound lease per running unknown agent',
    leases: [anAgent('L1', 't1', null), anAgent('L2', 't2', null), anAgent('L3', 't3', null)],
    given: [{ do: 'turn-ended', session: S, running: ['a7', 'a8'] }],
    at: later(MINUTE),
    want: ['L2 t2=a8', 'L3 t3=a7'],
    wantWhy: ['L1 not-running'],
  },
  {
    name: 'the end of a turn keeps an agent that started a moment ago',
    leases: [anAgent('L1', 't1', 'a1', { spawn: spawnOf('t1', 'a1', later(58_000)) })],
    given: [{ do: 'turn-ended', session: S, running: [] }],
    at: later(MINUTE),
    want: ['L1 t1=a1'],
    wantWhy: [],
  },
  {
    name: 'the end of a turn keeps nested agents, which its list does not contain',
    leases: [
      anAgent('L1', 't1', 'a1'),
      anAgent('L2', 't2', 'a2', { spawn: { ...spawnOf('t2', 'a2'), isNested: true } }),
    ],
    given: [{ do: 'turn-ended', session: S, running: [] }],
    at: later(MINUTE),
    want: ['L2 t2=a2'],
  },
  {
    name: 'a session resumed by another process is not ended by the previous process',
    leases: [anAgent('L1', 't1', 'a1')],
    given: [{ do: 'ended', session: S, process: process_(99) }],
    want: ['L1 t1=a1'],
  },
  {
    name: 'a session that ends frees the leases of its agents and no others',
    leases: [anAgent('L1', 't1', 'a1'), anAgent('L2', 't2', null), aLease('L3', 'odin', 2, { holder: CLAUDE })],
    given: [{ do: 'ended', session: S, process: CLAUDE }],
    want: ['L3 -=-'],
  },
];

describe('events of a session', () => {
  it.each(CASES)('$name', ({ leases, given, at, want, wantWhy }) => {
    let state = aState(20, leases, [], { sessions: [aSession()] });
    const events: string[] = [];
    const env = anEnvironment({}, at ?? NOW);
    for (const step of given) {
      const done = sessionChange(state, env, { kind: 'session', ...step });
      for (const event of done.events) if (event.kind === 'reclaimed') events.push(`${event.lease} ${event.why}`);
      state = done.state;
    }
    expect(violations(state)).toEqual([]);
    expect(agentLines(state)).toEqual(want);
    if (wantWhy !== undefined) expect(events).toEqual(wantWhy);
  });

  it('extend the lease on activity, written at most once a minute', () => {
    const state = aState(20, [anAgent('L1', 't1', 'a1')], [], { sessions: [aSession()] });
    const seen = { kind: 'session', do: 'agent-seen', session: S, agentId: 'a1' } as const;
    expect(sessionChange(state, anEnvironment({}, later(59_000)), seen).state).toBe(state);
    const { leases } = sessionChange(state, anEnvironment({}, later(3_600_000)), seen).state;
    expect(leases[0]).toMatchObject({ expiresAt: later(5 * 3_600_000), spawn: { heardAt: later(3_600_000) } });
  });

  it('count tasks into the progress of the session’s agent', () => {
    const held = aLease('L1', 'odin', 1, {
      agents: [{ name: 'auth', pid: null, progress: null, phase: null, progressAt: null, extra: {} }],
    });
    let state = aState(20, [held], [], { sessions: [aSession({ agent: 'odin/auth' })] });
    const task = (name: string, isDone: boolean): void => {
      state = sessionChange(state, anEnvironment(), {
        kind: 'session',
        do: 'task',
        facts: FACTS,
        task: name,
        isDone,
      }).state;
    };
    for (const name of ['1', '2', '3', '4', '4']) task(name, false);
    task('2', true);
    task('2', true);
    task('9', true);
    expect(state.sessions[0]?.tasks).toEqual({ open: ['1', '3', '4'], done: 1 });
    expect(state.leases[0]?.agents[0]).toMatchObject({ progress: 25, phase: '1/4' });
  });

  it('end a cleared session when the next one of its process starts, and no other session', () => {
    const others = [
      aSession({ id: 'elsewhere', transcript: '/c/other/1.jsonl' }),
      aSession({ id: 'another', transcript: '/c/odin/2.jsonl', process: process_(78) }),
      aSession({ transcript: '/c/odin/3.jsonl' }),
    ];
    const state = aState(20, [anAgent('L1', 't1', 'a1'), aLease('L2', 'odin', 1)], [], { sessions: others });
    const facts = { ...FACTS, id: 'next', transcript: '/c/odin/4.jsonl' };
    const start = (isAfterClear: boolean) =>
      transition(state, { kind: 'session', do: 'started', facts, isAfterClear }, anEnvironment()).state;
    expect(start(true).sessions.map(({ id }) => id)).toEqual(['elsewhere', 'another', 'next']);
    expect(agentLines(start(true))).toEqual(['L2 -=-']);
    expect(start(false).leases).toHaveLength(2);
  });

  it('count a task of an unknown session', () => {
    const created = { kind: 'session', do: 'task', facts: FACTS, task: '1', isDone: false } as const;
    expect(transition(aState(20), created, anEnvironment()).state.sessions).toMatchObject([
      { id: S, tasks: { open: ['1'], done: 0 } },
    ]);
    const done = { ...created, isDone: true };
    expect(transition(aState(20), done, anEnvironment()).state.sessions).toMatchObject([{ id: S, tasks: NO_TASKS }]);
  });

  it('register a session once, and remove it when its process dies', () => {
    const start = { kind: 'session', do: 'started', facts: FACTS, isAfterClear: false } as const;
    const { state } = transition(aState(20), start, anEnvironment());
    expect(state.sessions).toMatchObject([{ id: S, project: 'odin', process: CLAUDE }]);
    expect(transition(state, start, anEnvironment({}, later(5))).state).toBe(state);
    expect(transition(state, { kind: 'settle' }, anEnvironment({}, NOW, [CLAUDE])).state.sessions).toEqual([]);
  });
});

const ask = (toolCall: string, more = {}) =>
  aRequest('odin', 1, { mode: 'wait', holder: CLAUDE, waiter: process_(900), spawn: spawnOf(toolCall, null), ...more });

describe('a slot for an agent inside a session', () => {
  it('has a time limit and is held by the session’s process', () => {
    const { state } = transition(aState(1), ask('t1'), anEnvironment());
    expect(state.leases).toMatchObject([
      { holder: CLAUDE, expiresAt: later(4 * 3_600_000), spawn: { toolCall: 't1' } },
    ]);
  });

  it('is granted once to a call that asks twice', () => {
    const first = transition(aState(5), ask('t1'), anEnvironment());
    const again = transition(first.state, ask('t1', { waiter: process_(901) }), anEnvironment());
    expect(again.outcome).toMatchObject({ kind: 'granted', lease: { id: 'L100' } });
    expect(again.state).toBe(first.state);
  });

  it('two hooks of one call share one queue entry', () => {
    const full = aState(1, [aLease('L1', 'hera', 1)]);
    const first = transition(full, ask('t1'), anEnvironment());
    const again = transition(first.state, ask('t1', { waiter: process_(901) }), anEnvironment());
    expect(entryLines(again.state)).toEqual(['T100 odin 1 attended']);
  });

  it('is separate from a request of the session itself', () => {
    const full = aState(1, [aLease('L1', 'hera', 1)], [anEntry('T50', 'odin', 1, { holder: CLAUDE })]);
    expect(entryLines(transition(full, ask('t1'), anEnvironment()).state)).toEqual([
      'T50 odin 1',
      'T100 odin 1 attended',
    ]);
  });

  it('a step-back keeps the place, and other requests are served meanwhile', () => {
    const full = aState(1, [aLease('L1', 'hera', 1)]);
    const asked = transition(full, ask('t1'), anEnvironment()).state;
    const back = transition(asked, { kind: 'step-back', ticket: 'T100' }, anEnvironment()).state;
    expect(entryLines(back)).toEqual(['T100 odin 1 lapsed']);
    const other = aRequest('hera', 1, { mode: 'wait', holder: process_(5), waiter: process_(5) });
    const behind = transition(back, other, anEnvironment()).state;
    const free = transition(behind, { kind: 'ended', leases: ['L1' as LeaseId] }, anEnvironment()).state;
    expect(free.leases.map(({ project }) => project)).toEqual(['hera']);
    const again = transition(back, ask('t9', { waiter: process_(902) }), anEnvironment()).state;
    expect(entryLines(again)).toEqual(['T100 odin 1 attended']);
  });

  it('a nested request is no deadlock while other agents of the session run', () => {
    const parent = anAgent('L1', 't1', 'a1');
    const inside = ask('t9', { parent: 'L1' });
    const { outcome } = transition(aState(2, [parent, anAgent('L2', 't2', 'a2')]), inside, anEnvironment());
    expect(outcome.kind).toBe('queued');
    expect(transition(aState(1, [parent]), inside, anEnvironment()).outcome).toMatchObject({
      reason: 'would-deadlock',
    });
  });
});

describe('a spawn and a resumed agent, in one command each', () => {
  const spawn = (more: Partial<SpawnAgentCommand> = {}) =>
    ({ kind: 'spawn-agent', facts: FACTS, toolCall: 't1', by: null, parent: null, waiter: CLAUDE, ...more }) as const;
  const resume = { kind: 'resume-agent', facts: FACTS, agentId: 'a1', parent: null } as const;

  it('a spawn registers its session and takes a slot for its project', () => {
    const { state, outcome } = transition(aState(1), spawn(), anEnvironment());
    expect(state.sessions).toMatchObject([{ id: S, project: 'odin', process: CLAUDE }]);
    expect(state.leases).toMatchObject([{ id: 'L100', project: 'odin', holder: CLAUDE, spawn: spawnOf('t1', null) }]);
    expect(outcome).toMatchObject({ kind: 'granted', lease: { id: 'L100' } });
  });

  it('a spawn uses the project the session started with, and the process that resumed it', () => {
    const known = aState(1, [], [], { sessions: [aSession({ project: 'hera', tasks: { open: ['1'], done: 0 } })] });
    const { state } = transition(known, spawn({ facts: { ...FACTS, process: process_(78) } }), anEnvironment());
    expect(state.sessions).toMatchObject([{ project: 'hera', process: process_(78), tasks: { open: ['1'] } }]);
    expect(state.leases).toMatchObject([{ project: 'hera', holder: process_(78) }]);
  });

  it('a spawn by an agent is nested in that agent’s lease, otherwise in the session’s lease', () => {
    const state = aState(9, [anAgent('L1', 't0', 'a0'), aLease('L2', 'odin', 1)]);
    const parentOf = (by: string | null) =>
      transition(state, spawn({ by, parent: 'L2' as LeaseId }), anEnvironment()).state.leases.at(-1);
    expect(parentOf('a0')).toMatchObject({ parent: 'L1', spawn: { isNested: true } });
    expect(parentOf(null)).toMatchObject({ parent: 'L2', spawn: { isNested: false } });
  });

  it.each([
    {
      name: 'its own lease',
      leases: [anAgent('L1', 't1', 'a1'), anAgent('L2', 't2', null)],
      want: ['L1 t1=a1', 'L2 t2=-'],
    },
    {
      name: 'an unbound lease',
      leases: [anAgent('L1', 't1', 'a9'), anAgent('L2', 't2', null)],
      want: ['L1 t1=a9', 'L2 t2=a1'],
    },
    { name: 'a slot of its own', leases: [anAgent('L1', 't1', 'a9')], want: ['L1 t1=a9', 'L100 -=a1'] },
  ])('a resumed agent takes $name', ({ leases, want }) => {
    const { state } = transition(aState(2, leases), resume, anEnvironment());
    expect(violations(state)).toEqual([]);
    expect(agentLines(state)).toEqual(want);
  });

  it('a resumed agent that gets no slot changes nothing', () => {
    const full = aState(1, [aLease('L1', 'hera', 1)]);
    const { state, outcome } = transition(full, resume, anEnvironment());
    expect(outcome).toMatchObject({ kind: 'denied', project: 'odin', slots: 1 });
    expect(state).toBe(full);
  });
});

describe('silence', () => {
  const lease = anAgent('L1', 't1', 'a1');
  const NOTHING = { heard: new Map(), busy: new Set<LeaseId>(), suspendedMs: 0 };
  const id = 'L1' as LeaseId;
  const at = (minutes: number) => anEnvironment({}, later(minutes * MINUTE));
  const state = aState(20, [lease]);

  it.each([
    { name: 'within the time', minutes: 14, signs: NOTHING, want: null },
    { name: 'past it', minutes: 15, signs: NOTHING, want: 'silent' },
    {
      name: 'its transcript grew since',
      minutes: 20,
      signs: { ...NOTHING, heard: new Map([[id, later(10 * MINUTE)]]) },
      want: 'heard',
    },
    { name: 'one of its tools runs', minutes: 60, signs: { ...NOTHING, busy: new Set([id]) }, want: null },
    {
      name: 'one of its tools has run for most of the lease',
      minutes: 121,
      signs: { ...NOTHING, busy: new Set([id]) },
      want: 'busy',
    },
  ])('$name', ({ minutes, signs, want }) => {
    const found = silentAgents(state, at(minutes), signs);
    const got = found === null ? null : (['silent', 'heard', 'busy'] as const).find((key) => found[key].size > 0);
    expect(got ?? null).toBe(want);
  });

  it('a running tool at most doubles the time, since it may be a server', () => {
    const busy = { ...NOTHING, busy: new Set([id]) };
    let now = state;
    for (let minutes = 0; minutes < 600; minutes += 5) {
      const env = at(minutes);
      const found = silentAgents(now, env, busy);
      if (found !== null) now = sessionChange(now, env, { kind: 'session', do: 'silence', ...found }).state;
    }
    expect(now.leases[0]?.expiresAt).toBe(later(8 * 3_600_000));
  });

  it('does not count time before the machine woke up', () => {
    expect(silentAgents(state, at(60), NOTHING, later(50 * MINUTE))).toBeNull();
  });

  it('does not count while a nested agent works', () => {
    const nested = anAgent('L2', 't2', 'a2', { parent: id, spawn: spawnOf('t2', 'a2', later(59 * MINUTE)) });
    expect(silentAgents({ ...state, leases: [lease, nested] }, at(60), NOTHING)?.silent.has(id) ?? false).toBe(false);
  });

  it('ends the lease only if no event came since the check', () => {
    const look = { kind: 'session', do: 'silence', heard: new Map(), busy: new Set<LeaseId>() } as const;
    const now = anEnvironment({}, later(16 * MINUTE));
    const silent = new Map([[id, NOW]]);
    expect(sessionChange(state, now, { ...look, silent })).toMatchObject({
      state: { leases: [] },
      events: [{ kind: 'reclaimed', why: 'silent' }],
    });
    const heard = { ...state, leases: [{ ...lease, spawn: spawnOf('t1', 'a1', later(15 * MINUTE)) }] };
    expect(sessionChange(heard, now, { ...look, silent }).state.leases).toHaveLength(1);
  });
});
