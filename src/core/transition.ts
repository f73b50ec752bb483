/**
 * The only way to change the state: (state, command, environment) → (next state, outcome, events). Pure and total: denials
 * and refusals are outcomes, nothing is thrown, and a command that changes nothing returns the same state object.
 */
import type { BudgetOutcome } from './budget/done.ts';
import { type Change, quiet } from './change.ts';
import { type BudgetCommand, orderBudget } from './commands/budget.ts';
import type { CancelCommand, Dropped, StepBackCommand, WithdrawCommand } from './commands/cancel.ts';
import { cancel, stepBack, withdraw } from './commands/cancel.ts';
import { type ConfirmCommand, confirm } from './commands/confirm.ts';
import type { EndedCommand, EndingOutcome, EndLeaseCommand, EndProjectCommand } from './commands/end.ts';
import { ended, endLease, endProject } from './commands/end.ts';
import { type ClaimMonitorCommand, claimMonitor, type LeaveMonitorCommand, leaveMonitor } from './commands/monitor.ts';
import { type ObserveCommand, observe } from './commands/observe.ts';
import { type PauseCommand, pause } from './commands/pause.ts';
import { type ReleaseCommand, release } from './commands/release.ts';
import { enqueue, leaseOfCall, neverFits, type RequestCommand, uncollectedLease } from './commands/request.ts';
import { type EndRunCommand, endRun, type StartRunCommand, startRun } from './commands/run.ts';
import { type SessionCommand, sessionChange } from './commands/session.ts';
import { bindAny } from './commands/session-agents.ts';
import { madeAvailable, type SetMaxCommand, setMax } from './commands/set-max.ts';
import type { ResumeAgentCommand, SpawnAgentCommand } from './commands/spawn-agent.ts';
import { resumeRequest, spawnRequest } from './commands/spawn-agent.ts';
import type { Environment } from './environment.ts';
import type { CoreEvent } from './event.ts';
import type { TicketId } from './model/ids.ts';
import type { Lease } from './model/lease.ts';
import type { QueueEntry } from './model/queue-entry.ts';
import { type State, withLease } from './model/state.ts';
import type { Reason } from './reason.ts';
import type { Refusal } from './refusal.ts';
import { carryOut, type Scheduled } from './schedule/carry-out.ts';
import { planCycle } from './schedule/cycle.ts';
import { wouldDeadlock } from './schedule/deadlock.ts';
import { learnedDurations } from './schedule/eta.ts';
import { type Outlook, outlooks } from './schedule/outlook.ts';
import { openRoom } from './schedule/room.ts';
import { withReasons } from './schedule/wait-reasons.ts';
import { withoutLostParents } from './settle/nesting.ts';
import { settle } from './settle/settle.ts';

export type Command =
  | RequestCommand
  | ReleaseCommand
  | CancelCommand
  | WithdrawCommand
  | StepBackCommand
  | ConfirmCommand
  | SetMaxCommand
  | ObserveCommand
  | ClaimMonitorCommand
  | LeaveMonitorCommand
  | StartRunCommand
  | EndRunCommand
  | EndProjectCommand
  | EndLeaseCommand
  | EndedCommand
  | PauseCommand
  | SessionCommand
  | SpawnAgentCommand
  | ResumeAgentCommand
  | BudgetCommand
  | { readonly kind: 'settle' };

export interface DeniedOutcome extends Pick<RequestCommand, 'project' | 'slots'> {
  readonly kind: 'denied';
  readonly reason: Reason;
  /** Null for a request that can never be granted. */
  readonly outlook: Outlook | null;
}

export type Outcome =
  | { readonly kind: 'granted'; readonly lease: Lease }
  | { readonly kind: 'queued'; readonly outlook: Outlook }
  | DeniedOutcome
  | { readonly kind: 'released'; readonly released: number }
  | { readonly kind: 'cancelled'; readonly cancelled: readonly QueueEntry[]; readonly dropped: readonly Dropped[] }
  | {
      readonly kind: 'max-set';
      readonly previous: number;
      /** Slots that the change made available. */
      readonly available: number;
      readonly canProceed: readonly string[];
    }
  | EndingOutcome
  | BudgetOutcome
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'settled' };

export interface Transition extends Change {
  readonly outcome: Outcome;
}

/** Grants the requests that now fit. A request without a live waiter gets an offer, except `asker`, which is present. */
function schedule(state: State, env: Environment, asker: TicketId | null): Scheduled {
  if (state.queue.length === 0) return { state, events: [], lease: null };
  const queue = withoutLostParents(state.queue, state.leases);
  const current = queue === state.queue ? state : { ...state, queue };
  const { grants, pending } = planCycle(current, env);
  if (grants.length === 0) return { state: withReasons(current, pending), events: [], lease: null };
  const done = carryOut(current, env, grants, asker);
  // Grants change the order (a request may have got less than it asks for) and the room inside leases: plan again.
  const next = schedule(done.state, env, asker);
  return { state: next.state, events: [...done.events, ...next.events], lease: done.lease ?? next.lease };
}

/** The change, followed by the grants that it makes possible. */
function scheduled(change: Change, env: Environment, outcome: Outcome): Transition {
  const { state, events } = schedule(change.state, env, null);
  return { state, outcome, events: [...change.events, ...events] };
}

const delivered = (lease: Lease): Lease => ({ ...lease, ticket: null, waiter: null });

function applyRequest(state: State, env: Environment, command: RequestCommand): Transition {
  const present = leaseOfCall(state, command);
  if (present !== null) {
    const next = present.ticket === null ? state : withLease(state, present, delivered(present));
    return scheduled(quiet(next), env, { kind: 'granted', lease: present });
  }
  const uncollected = uncollectedLease(state, env, command);
  if (uncollected) {
    const lease = { ...delivered(uncollected), spawn: command.spawn };
    return scheduled(quiet(withLease(state, uncollected, lease)), env, { kind: 'granted', lease });
  }

  const { project, slots } = command;
  const deny = (reason: Reason, outlook: Outlook | null): Transition =>
    scheduled(quiet(state), env, { kind: 'denied', project, slots, reason, outlook });
  const never = neverFits(state, env, command);
  if (never !== null) return deny(never, null);

  const { state: queued, ticket, isAttended } = enqueue(state, env, command);
  if (isAttended) {
    // The entry belongs to another waiter. If scheduling serves that waiter now, this request needs an entry of its own.
    const served = schedule(queued, env, null);
    if (!served.state.queue.some((entry) => entry.ticket === ticket)) {
      const own = applyRequest(served.state, env, command);
      return { ...own, events: [...served.events, ...own.events] };
    }
  }
  const taken = takeOffer(queued, env, ticket);
  const { state: next, events, lease: granted } = schedule(taken.state, env, ticket);
  const lease = taken.lease ?? granted;
  if (lease !== null) return { state: next, events, outcome: { kind: 'granted', lease } };

  const outlook = outlooks(next, env).find(({ entry }) => entry.ticket === ticket) as Outlook;
  if (wouldDeadlock(next, env.settings, outlook.entry)) return deny('would-deadlock', outlook);
  if (command.mode === 'now') return deny(outlook.reason ?? 'behind-others', outlook);
  return { state: next, events, outcome: { kind: 'queued', outlook } };
}

/** Binds the agent to its lease or an unbound one; without either, requests a slot and binds the agent to it. */
function applyResume(state: State, env: Environment, command: ResumeAgentCommand): Transition {
  const { facts, agentId } = command;
  const bound = bindAny(state, env, facts.id, agentId);
  if (bound !== null) return scheduled(quiet(bound), env, { kind: 'settled' });
  const asked = applyRequest(state, env, resumeRequest(state, env, command));
  return { ...asked, state: bindAny(asked.state, env, facts.id, agentId) ?? asked.state };
}

/**
 * Turns an open offer of this ticket into a lease. If the slots no longer fit (the pool shrank, the machine became
 * critical), the offer is void and the request keeps its place. Start spacing counted when the offer was made.
 */
function takeOffer(state: State, env: Environment, ticket: TicketId): Pick<Scheduled, 'state' | 'lease'> {
  const offered = state.queue.find((entry) => entry.ticket === ticket);
  if (!offered || offered.offeredUntil === null) return { state, lease: null };
  const entry = { ...offered, offeredUntil: null, offeredSlots: 0 };
  const waiting = { ...state, queue: state.queue.map((other) => (other === offered ? entry : other)) };
  const unspaced = { ...env, settings: { ...env.settings, startSpacingMs: 0 } };
  const fit = openRoom(waiting, unspaced).fit(entry, offered.offeredSlots);
  return typeof fit === 'string'
    ? { state: waiting, lease: null }
    : carryOut(waiting, env, [{ entry, ...fit }], ticket);
}

/** True for commands that may take slots; their environment needs the free memory of the machine. */
export const asksForSlots = ({ kind }: Command): boolean =>
  kind === 'request' || kind === 'spawn-agent' || kind === 'resume-agent';

/** True for a command that declares a need; its environment needs the whole memory of the machine. */
export const declaresMemory = (command: Command): boolean =>
  command.kind === 'request' && (command.run?.memoryBytes ?? null) !== null;

interface Settled {
  readonly before: State;
  readonly events: readonly CoreEvent[];
}

const canProceed = (events: readonly CoreEvent[]): string[] => [
  ...new Set(events.flatMap((event) => (event.kind === 'granted' || event.kind === 'offered' ? [event.project] : []))),
];

/** `settled`: the state before it was settled, and what that did. */
function apply(state: State, command: Command, env: Environment, settled: Settled): Transition {
  const refused = (refusal: Refusal): Transition => ({ state, outcome: { kind: 'refused', refusal }, events: [] });
  const done = (change: Change, outcome: Outcome = { kind: 'settled' }): Transition => scheduled(change, env, outcome);
  switch (command.kind) {
    case 'request':
      return applyRequest(state, env, command);
    case 'release': {
      const change = release(state, env, command, settled.before);
      if ('refusal' in change) return refused(change.refusal);
      return done(quiet(change.state), { kind: 'released', released: change.released });
    }
    case 'cancel': {
      const change = cancel(state, env, command, settled);
      if ('refusal' in change) return refused(change.refusal);
      return done(quiet(change.state), { kind: 'cancelled', cancelled: change.cancelled, dropped: change.dropped });
    }
    case 'set-max': {
      const sized = setMax(state, command.slots);
      const { state: next, events } = schedule(sized, env, null);
      const available = madeAvailable(state, sized);
      const outcome = { kind: 'max-set' as const, previous: state.maxSlots, available, canProceed: canProceed(events) };
      return { state: next, events, outcome };
    }
    case 'withdraw':
      return done(quiet(withdraw(state, command.ticket)));
    case 'step-back':
      return done(quiet(stepBack(state, env, command.ticket)));
    case 'confirm':
      return done(quiet(confirm(state, command.ticket)));
    case 'observe':
      return done(observe(state, env, command));
    case 'claim-monitor': {
      const change = claimMonitor(state, env, command);
      return 'refusal' in change ? refused(change.refusal) : done(quiet(change.state));
    }
    case 'leave-monitor':
      return done(quiet(leaveMonitor(state, command)));
    case 'start-run':
      return done(quiet(startRun(state, command)));
    case 'end-run':
      return done(quiet(endRun(state, env, command)));
    case 'end-project': {
      const change = endProject(state, env, command, settled.before);
      return 'refusal' in change ? refused(change.refusal) : done(change, change.outcome);
    }
    case 'end-lease': {
      const change = endLease(state, env, command);
      return done(change, change.outcome);
    }
    case 'ended': {
      const change = ended(state, env, command);
      return done(change, { kind: 'released', released: change.released });
    }
    case 'budget': {
      const change = orderBudget(state, env, command);
      return 'refusal' in change ? refused(change.refusal) : done(change, change.outcome);
    }
    case 'session':
      return done(sessionChange(state, env, command));
    case 'spawn-agent': {
      const [known, request] = spawnRequest(state, env, command);
      return applyRequest(known, env, request);
    }
    case 'resume-agent':
      return applyResume(state, env, command);
    case 'pause':
      return done(quiet(pause(state, env, command)));
    case 'settle':
      return done(quiet(state));
  }
}

/**
 * Carries out one command: (1) settle expired times and dead processes, (2) apply the command, (3) grant all requests that
 * now fit, (4) return the outcome of the state to be written. A refused command changes nothing.
 */
export function transition(state: State, command: Command, env: Environment): Transition {
  const { state: settled, events } = settle(state, env);
  const done = apply(settled, command, env, { before: state, events });
  if (done.outcome.kind === 'refused') return { state, outcome: done.outcome, events: [] };
  const all = [...events, ...done.events];
  const learned = learnedDurations(state, done.state, all, env.now);
  const next = learned === done.state.learnedDuration ? done.state : { ...done.state, learnedDuration: learned };
  return { ...done, state: next, events: all };
}
