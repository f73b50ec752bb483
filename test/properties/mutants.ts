/** Deliberate faults of the core, each of which the properties must notice. Each text occurs once in its file. */
export interface Mutant {
  readonly name: string;
  /** Below src/core. */
  readonly file: string;
  readonly text: string;
  readonly instead: string;
}

const settle = 'settle/settle.ts';
const nesting = 'settle/nesting.ts';
const room = 'schedule/room.ts';
const cycle = 'schedule/cycle.ts';
const ordering = 'schedule/ordering.ts';
const fairShare = 'schedule/strategies/fair-share.ts';
const priority = 'schedule/strategies/priority.ts';
const request = 'commands/request.ts';
const sessionAgents = 'commands/session-agents.ts';

export const MUTANTS: readonly Mutant[] = [
  { name: 'leases never expire', file: settle, text: 'lease.expiresAt <= env.now', instead: 'lease.expiresAt <= 0' },
  {
    name: 'dead holders keep their slots',
    file: settle,
    text: `if (isAbandoned(lease, env)) return 'holder-gone';`,
    instead: '',
  },
  {
    name: 'dead requesters keep their place',
    file: settle,
    text: 'if (entry.holder !== null && isDead(env, entry.holder)) {',
    instead: 'if (entry === null) {',
  },
  { name: 'offers never lapse', file: settle, text: 'next.offeredUntil <= env.now', instead: 'next.offeredUntil <= 0' },
  {
    name: 'a slow waiter loses its grant',
    file: settle,
    text: 'lease.ticket !== null && !isPresent(env, lease.waiter)',
    instead: 'lease.ticket !== null',
  },
  {
    name: 'children are promoted into slots that do not exist',
    file: nesting,
    text: 'Math.min(lease.within, room)',
    instead: 'lease.within',
  },
  {
    name: 'promoted children use their slots twice',
    file: nesting,
    text: 'slots: lease.slots + lease.within - within',
    instead: 'slots: lease.slots + lease.within',
  },
  {
    name: 'a lease is released below its nested leases',
    file: nesting,
    text: 'if (leaseSize(lease) - count < usedInside(leases, id)) return null;',
    instead: '',
  },
  {
    name: 'one free slot too many',
    file: room,
    text: 'let free = capacity - usedSlots(state);',
    instead: 'let free = capacity - usedSlots(state) + 1;',
  },
  {
    name: 'one free slot too few',
    file: room,
    text: 'let free = capacity - usedSlots(state);',
    instead: 'let free = capacity - usedSlots(state) - 1;',
  },
  {
    name: 'slots that health took away are granted',
    file: room,
    text: 'const capacity = effectiveMaxSlots(state);',
    instead: 'const capacity = state.maxSlots;',
  },
  {
    name: 'projects have no limit',
    file: room,
    text: 'Math.min(free, projectRoom, cap, inMemory)',
    instead: 'Math.min(free, cap, inMemory)',
  },
  {
    name: 'offered slots count as free',
    file: room,
    text: 'if (entry.offeredUntil === null) continue;',
    instead: 'if (entry !== null) continue;',
  },
  {
    name: 'fewer slots than the minimum are granted',
    file: room,
    text: 'if (slots >= entry.minSlots)',
    instead: 'if (slots >= 1)',
  },
  { name: 'many start in one cycle', file: room, text: 'return granted || isTooSoon ?', instead: 'return isTooSoon ?' },
  { name: 'critical does not stop grants', file: room, text: 'if (critical !== null) return critical;', instead: '' },
  {
    name: 'requests overtake under fifo',
    file: 'schedule/strategies/fifo.ts',
    text: 'overtakes: false',
    instead: 'overtakes: true',
  },
  {
    name: 'a wide request is overtaken for ever',
    file: cycle,
    text: '>= env.settings.drainAfterMs',
    instead: '=== Number.POSITIVE_INFINITY',
  },
  {
    name: 'a lapsed request is offered again and again',
    file: cycle,
    text: '=> entry.lapsedAt !== null;',
    instead: '=> entry.lapsedAt === -1;',
  },
  {
    name: 'shares are ignored',
    file: cycle,
    text: 'asked > room.free ? strategy.entitlements(active, view) : null',
    instead: 'asked < 0 ? strategy.entitlements(active, view) : null',
  },
  {
    name: 'nested requests have no precedence',
    file: ordering,
    text: 'nested.push(entry)',
    instead: 'borrowers.push(entry)',
  },
  {
    name: 'a guarantee covers one slot less',
    file: ordering,
    text: '<= projectGuarantee(settings, key)',
    instead: '< projectGuarantee(settings, key)',
  },
  {
    name: 'waiting does not raise the priority',
    file: priority,
    text: 'Math.min(MAX_PRIORITY, base + steps)',
    instead: 'Math.min(MAX_PRIORITY, base)',
  },
  {
    name: 'waiting raises the priority above the highest',
    file: priority,
    text: 'Math.min(MAX_PRIORITY, base + steps)',
    instead: 'base + steps',
  },
  {
    name: 'weights are ignored in shares',
    file: fairShare,
    text: 'weight: demand * projectWeight(settings, key),',
    instead: 'weight: demand,',
  },
  {
    name: 'guarantees are ignored in shares',
    file: fairShare,
    text: 'least: Math.min(projectGuarantee(settings, key), demand),',
    instead: 'least: 0,',
  },
  {
    name: 'seats follow a rule that favours large claims',
    file: 'schedule/apportion.ts',
    text: '2 * has + 1',
    instead: 'has + 1',
  },
  {
    name: 'a deadlock is not denied',
    file: 'schedule/deadlock.ts',
    text: 'if (next.length === waiting.length) return true;',
    instead: 'if (next.length === waiting.length) return false;',
  },
  {
    name: 'asking again adds a second queue entry',
    file: request,
    text: 'const own = ownEntry(state, env, command);',
    instead: 'const own = undefined as QueueEntry | undefined;',
  },
  {
    name: 'the newest request comes first',
    file: request,
    text: 'queue: [...state.queue, entry]',
    instead: 'queue: [entry, ...state.queue]',
  },
  {
    name: 'ticket numbers are used again',
    file: request,
    text: 'nextId: state.nextId + 1, queue',
    instead: 'nextId: state.nextId, queue',
  },
  {
    name: 'a lease is handed over while its waiter lives',
    file: request,
    text: 'lease.ticket !== null &&\n      !isPresent(env, lease.waiter) &&',
    instead: 'lease.ticket !== null &&',
  },
  {
    name: 'a spawn does not register its session',
    file: 'commands/spawn-agent.ts',
    text: 'return [startSession(state, env, session), request];',
    instead: 'return [state, request];',
  },
  {
    name: 'a resumed agent is not bound to its slot',
    file: 'transition.ts',
    text: 'bindAny(asked.state, env, facts.id, agentId) ?? asked.state',
    instead: 'asked.state',
  },
  {
    name: 'an agent that starts takes a second slot',
    file: 'transition.ts',
    text: `if (bound !== null) return scheduled(quiet(bound), env, { kind: 'settled' });`,
    instead: '',
  },
  {
    name: 'the end of an agent counts twice',
    file: sessionAgents,
    text: 'if (hasEnded(state, session, agentId)) return state;',
    instead: '',
  },
  {
    name: 'an agent on the wrong lease loses it',
    file: sessionAgents,
    text: 'return stays ? next : withLease(next, free, bound(free, other, env));',
    instead: 'return next;',
  },
  {
    name: 'confirming one ticket confirms all',
    file: 'commands/confirm.ts',
    text: 'lease.ticket === ticket ? {',
    instead: 'lease.ticket !== null ? {',
  },
  {
    name: 'withdrawing keeps a new grant',
    file: 'commands/cancel.ts',
    text: 'if (granted) return { ...state, leases: removeLease(state.leases, granted.id) };',
    instead: 'if (granted) return state;',
  },
  {
    name: 'slot_allocation distinguishes upper and lower case',
    file: 'model/state.ts',
    text: 'allocation.set(name, sums.get(key) ?? 0);',
    instead: 'allocation.set(name, sums.get(name as ProjectKey) ?? 0);',
  },
  {
    name: 'a refused command changes the state',
    file: 'transition.ts',
    text: 'return { state, outcome: done.outcome, events: [] };',
    instead: 'return { state: settled, outcome: done.outcome, events: [] };',
  },
];
