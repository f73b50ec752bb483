/**
 * In any order of a session's hook events, and with any of them lost, each working agent has a lease,
 * and no lease is left after all agents and the turn have ended.
 */
import fc from 'fast-check';
import type { SessionEvent } from '../../src/core/commands/session.ts';
import type { Instant } from '../../src/core/model/instants.ts';
import type { Lease } from '../../src/core/model/lease.ts';
import { findSession, leaseOfAgentId, leasesOfSession } from '../../src/core/model/session.ts';
import type { State } from '../../src/core/model/state.ts';
import type { Command } from '../../src/core/transition.ts';
import { anEnvironment, aState, NOW, process_ } from '../helpers/state.ts';
import type { Check } from './checks.ts';
import type { Core } from './core.ts';

const S = 'the-session';
const FACTS = { id: S, project: 'odin', agent: null, process: process_(7), transcript: null };

type Step =
  /** An agent starts. A foreground call returns when its agent ends, a background call returns at once. */
  | { readonly do: 'spawn'; readonly isForeground: boolean; readonly losesStart: boolean; readonly isTwice: boolean }
  /** A tool call of an agent; `before`: the event before the call, otherwise the one after it. */
  | { readonly do: 'work'; readonly agent: number; readonly before: boolean; readonly isLate: boolean }
  | {
      readonly do: 'over';
      readonly agent: number;
      readonly losesStop: boolean;
      readonly isLate: boolean;
      readonly isTwice: boolean;
    }
  /** An ended agent is resumed without a call; it takes a new slot if no lease is unbound. */
  | { readonly do: 'again'; readonly agent: number; readonly isTwice: boolean }
  /** A late event arrives, or it is lost. */
  | { readonly do: 'arrive'; readonly event: number; readonly isLost: boolean; readonly isTwice: boolean }
  | { readonly do: 'turn' };

const rarely = fc.constantFrom(false, false, true);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('spawn' as const),
      isForeground: fc.boolean(),
      losesStart: fc.boolean(),
      isTwice: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('work' as const),
      agent: fc.nat(9),
      before: fc.boolean(),
      isLate: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('over' as const),
      agent: fc.nat(9),
      losesStop: fc.boolean(),
      isLate: rarely,
      isTwice: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('arrive' as const), event: fc.nat(9), isLost: rarely, isTwice: rarely }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('again' as const), agent: fc.nat(9), isTwice: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('turn' as const) }) },
);

const sequence = fc.record({
  /** False: the first spawn registers the session. */
  isKnown: fc.boolean(),
  /** False: a resumed agent without a lease gets none. */
  hasRoom: fc.boolean(),
  steps: fc.array(step, { maxLength: 40, size: 'max' }),
});

interface Agent {
  readonly id: string;
  readonly call: string;
  readonly isForeground: boolean;
}

class Session {
  readonly #core: Core;
  readonly #hasRoom: boolean;
  state: State = aState(1000);
  at = 0;
  count = 0;
  working: Agent[] = [];
  over: Agent[] = [];
  late: SessionEvent[] = [];

  constructor(core: Core, isKnown: boolean, hasRoom: boolean) {
    this.#core = core;
    this.#hasRoom = hasRoom;
    if (isKnown) this.send({ do: 'started', facts: FACTS, isAfterClear: false });
  }

  #transact(command: Command): void {
    const isFull = command.kind === 'resume-agent' && !this.#hasRoom;
    const env = anEnvironment(isFull ? { maxPerProject: 0 } : {}, (NOW + this.at) as Instant);
    this.state = this.#core.transition(this.state, command, env).state;
  }

  send(event: SessionEvent, isTwice = false): void {
    for (let time = 0; time < (isTwice ? 2 : 1); time += 1) this.#transact({ kind: 'session', ...event });
  }

  resume({ id: agentId }: Agent, isTwice = false): void {
    for (let time = 0; time < (isTwice ? 2 : 1); time += 1)
      this.#transact({ kind: 'resume-agent', facts: FACTS, agentId, parent: null });
    if (this.#hasRoom && leaseOfAgentId(this.state.leases, S, agentId) === null)
      throw new Error(`${agentId} was heard of and has no lease`);
  }

  #spawn(isForeground: boolean): Agent {
    this.count += 1;
    const agent = { id: `a${this.count}`, call: `t${this.count}`, isForeground };
    const spawn = { kind: 'spawn-agent', facts: FACTS, toolCall: agent.call, by: null, parent: null } as const;
    this.#transact({ ...spawn, waiter: process_(8) });
    this.working.push(agent);
    if (findSession(this.state.sessions, S) === null) throw new Error('a spawn left its session unknown');
    return agent;
  }

  take(action: Step): void {
    this.at += 10_000;
    switch (action.do) {
      case 'spawn': {
        const agent = this.#spawn(action.isForeground);
        const before = this.leases.length;
        if (!action.losesStart) this.resume(agent, action.isTwice);
        if (this.leases.length > before) throw new Error(`${agent.id} began, and took a second slot`);
        const answer = { session: S, toolCall: agent.call, agentId: agent.id };
        if (!action.isForeground) this.late.push({ do: 'agent-bound', ...answer });
        return;
      }
      case 'work': {
        const agent = this.working[action.agent % Math.max(1, this.working.length)];
        if (agent === undefined) return;
        const seen = { do: 'agent-seen', session: S, agentId: agent.id } as const;
        const isBound = leaseOfAgentId(this.state.leases, S, agent.id) !== null;
        if (action.before && !isBound) this.resume(agent);
        else if (action.isLate) this.late.push(seen);
        else this.send(seen);
        return;
      }
      case 'over': {
        const [agent] = this.working.splice(action.agent % Math.max(1, this.working.length), 1);
        if (agent === undefined) return;
        const end = { do: 'agent-ended', session: S, agentId: agent.id } as const;
        const stop = { ...end, toolCall: null };
        if (!action.losesStop && action.isLate) this.late.push(stop);
        else if (!action.losesStop) this.send(stop, action.isTwice);
        if (agent.isForeground) this.late.push({ ...end, toolCall: agent.call });
        this.over.push(agent);
        return;
      }
      case 'again': {
        const agent = this.over[action.agent % Math.max(1, this.over.length)];
        const isOwed = this.late.some((event) => 'agentId' in event && event.agentId === agent?.id);
        const isUnbound = this.leases.some(({ spawn }) => spawn?.agentId === null);
        if (agent === undefined || isOwed || isUnbound || !this.#hasRoom) return;
        this.over = this.over.filter((other) => other !== agent);
        this.working.push({ ...agent, isForeground: false });
        this.resume(agent, action.isTwice);
        return;
      }
      case 'arrive': {
        const [event] = this.late.splice(action.event % Math.max(1, this.late.length), 1);
        if (event !== undefined && !action.isLost) this.send(event, action.isTwice);
        return;
      }
      case 'turn':
        // A turn ends only after its calls have returned.
        if (this.working.some(({ isForeground }) => isForeground)) return;
        for (const event of this.late.splice(0)) this.send(event);
        this.at += 10_000;
        this.send({ do: 'turn-ended', session: S, running: this.working.map(({ id }) => id) });
        if (this.leases.length !== this.working.length)
          throw new Error(`${this.leases.length} leases after a turn for ${this.working.length} agents`);
    }
  }

  get leases(): readonly Lease[] {
    return leasesOfSession(this.state.leases, S);
  }
}

/** An agent or a call with two leases, or undefined. */
function twins(leases: readonly Lease[]): string | undefined {
  const names = leases.flatMap(({ spawn }) => [spawn?.agentId ?? [], spawn?.toolCall ?? []].flat());
  return names.find((name, at) => names.indexOf(name) !== at);
}

export const eachAgentHasALease: Check = (core, { runs, seed, shrink = true }) =>
  fc.assert(
    fc.property(sequence, ({ isKnown, hasRoom, steps }) => {
      const session = new Session(core, isKnown, hasRoom);
      for (const [at, action] of steps.entries()) {
        session.take(action);
        const wrong = core.violations(session.state);
        if (wrong.length > 0) throw new Error(wrong.join());
        const { leases, working } = session;
        const place = `step ${at}, ${action.do}`;
        if (leases.length < working.length)
          throw new Error(`${place}: ${leases.length} leases for ${working.length} agents at work`);
        const twin = twins(leases);
        if (twin !== undefined) throw new Error(`${place}: ${twin} has two leases`);
      }
    }),
    { numRuns: runs, endOnFailure: !shrink, ...(seed === undefined ? {} : { seed }) },
  );
