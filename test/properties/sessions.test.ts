/**
 * Whatever order the hooks of a session come in, and whichever of them get lost: there is a lease for each agent at work,
 * and none is left when all are over and the turn has ended.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attend } from '../../src/core/commands/attend.ts';
import { violations } from '../../src/core/invariants.ts';
import type { Instant } from '../../src/core/model/instants.ts';
import { leasesOfSession } from '../../src/core/model/session.ts';
import type { State } from '../../src/core/model/state.ts';
import { transition } from '../../src/core/transition.ts';
import { anEnvironment, aRequest, aState, NOW, process_ } from '../helpers/state.ts';

const S = 'the-session';

type Told = Parameters<typeof attend>[2];

type Step =
  /** An agent begins. A call in the foreground comes back when its agent is over, one in the background at once. */
  | { readonly do: 'spawn'; readonly isForeground: boolean; readonly losesStart: boolean; readonly isTwice: boolean }
  | { readonly do: 'work' | 'over'; readonly agent: number; readonly losesStop: boolean; readonly isTwice: boolean }
  /** The answer of a call is heard, late as it may be, or it is lost. */
  | { readonly do: 'hear-call'; readonly call: number; readonly isLost: boolean }
  | { readonly do: 'turn' };

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
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('work' as const, 'over' as const),
      agent: fc.nat(9),
      losesStop: fc.boolean(),
      isTwice: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('hear-call' as const),
      call: fc.nat(9),
      isLost: fc.constantFrom(false, false, true),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('turn' as const) }) },
);

interface Agent {
  readonly id: string;
  readonly call: string;
  readonly isForeground: boolean;
}

const STARTED: Told = {
  kind: 'attend',
  do: 'start',
  session: S,
  project: 'odin',
  agent: null,
  process: process_(7),
  transcript: null,
};

class Session {
  state: State = attend(aState(1000), anEnvironment(), STARTED).state;
  at = 0;
  count = 0;
  working: Agent[] = [];
  calls: Told[] = [];

  tell(what: Told, isTwice = false): void {
    for (let time = 0; time < (isTwice ? 2 : 1); time += 1)
      this.state = attend(this.state, anEnvironment({}, (NOW + this.at) as Instant), what).state;
  }

  take(what: Step): void {
    this.at += 10_000;
    const finish = (agent: Agent): Told => ({
      kind: 'attend',
      do: 'finish',
      session: S,
      toolCall: agent.call,
      agentId: agent.id,
    });
    switch (what.do) {
      case 'spawn': {
        this.count += 1;
        const agent = { id: `a${this.count}`, call: `t${this.count}`, isForeground: what.isForeground };
        const spawn = { session: S, toolCall: agent.call, agentId: null, isNested: false, heardAt: NOW };
        const asked = aRequest('odin', 1, { mode: 'wait', holder: process_(7), waiter: process_(8), spawn });
        this.state = transition(this.state, asked, anEnvironment({}, (NOW + this.at) as Instant)).state;
        this.working.push(agent);
        if (!what.losesStart)
          this.tell({ kind: 'attend', do: 'bind', session: S, toolCall: null, agentId: agent.id }, what.isTwice);
        if (!what.isForeground)
          this.calls.push({ kind: 'attend', do: 'bind', session: S, toolCall: agent.call, agentId: agent.id });
        return;
      }
      case 'work': {
        const agent = this.working[what.agent % Math.max(1, this.working.length)];
        if (agent) this.tell({ kind: 'attend', do: 'hear', session: S, agentId: agent.id });
        return;
      }
      case 'over': {
        const [agent] = this.working.splice(what.agent % Math.max(1, this.working.length), 1);
        if (agent === undefined) return;
        if (!what.losesStop) this.tell({ ...finish(agent), toolCall: null } as Told, what.isTwice);
        if (agent.isForeground) this.calls.push(finish(agent));
        return;
      }
      case 'hear-call': {
        const [told] = this.calls.splice(what.call % Math.max(1, this.calls.length), 1);
        if (told !== undefined && !what.isLost) this.tell(told);
        return;
      }
      case 'turn':
        // A turn is over when its calls have come back.
        if (this.working.some(({ isForeground }) => isForeground)) return;
        for (const told of this.calls.splice(0)) this.tell(told);
        this.at += 10_000;
        this.tell({ kind: 'attend', do: 'reconcile', session: S, running: this.working.map(({ id }) => id) });
    }
  }

  get leases(): number {
    return leasesOfSession(this.state.leases, S).length;
  }
}

describe('agents inside a session', () => {
  it('have a lease each while they work, and none when all is over', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const session = new Session();
        for (const what of steps) {
          session.take(what);
          expect(violations(session.state)).toEqual([]);
          expect(session.leases).toBeGreaterThanOrEqual(session.working.length);
          if (what.do === 'turn' && session.working.every(({ isForeground }) => !isForeground))
            expect(session.leases).toBe(session.working.length);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
