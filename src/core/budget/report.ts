/**
 * Reports of usage, and reservations of the usage that follows, in one step: a reservation is booked before the next call
 * is decided, so that concurrent callers together never get more than there is.
 */
import { digestOf } from '../digest.ts';
import type { Environment } from '../environment.ts';
import { type AgentBudget, type Budgets, DIMENSIONS, type Reservation, type Usage } from '../model/budget.ts';
import { plusMs } from '../model/instants.ts';
import type { State } from '../model/state.ts';
import { each, lowered, NOTHING, plus } from './amounts.ts';
import { fromReserve, redrawn } from './booking.ts';
import { findAgent, withAgent } from './books.ts';
import { type BudgetChange, done, noSuchAgent, type Refused, type ReportOutcome } from './done.ts';
import { agentToOrder } from './enforce.ts';
import { withProgress } from './lease-agents.ts';
import { leveled } from './level.ts';
import type { Order } from './orders.ts';
import { busyAfter, smoothed } from './pace.ts';
import { standingIn, standingOf } from './standing.ts';
import { availableTo, limitOf, reservedOf, totalsOf } from './totals.ts';

/** Settled ids that are listed per agent. The oldest go together, because the store keeps them in a file. */
const LISTED = 256;

const listed = (ids: readonly string[]): readonly string[] => (ids.length > 2 * LISTED ? ids.slice(-LISTED) : ids);

/** A repeated reservation of a reserved id is admitted without booking it again; one of a settled id is refused. */
type IdState = 'new' | 'reserved' | 'settled';

function idStateOf(agent: AgentBudget, { id, isSettled = false }: Order<'report'>): IdState {
  if (id === null) return 'new';
  if (isSettled || agent.settled.includes(digestOf(id))) return 'settled';
  return agent.reservations.some((reservation) => reservation.id === id) ? 'reserved' : 'new';
}

/** Books the agent's new figures and its draw on the pool. An agent that turns black loses the rest it cannot use. */
function booked(budgets: Budgets, before: AgentBudget | null, after: AgentBudget, env: Environment): Budgets {
  const totals = totalsOf(budgets, after.workflow);
  const drawn = redrawn(after, before, totals);
  const more = each((dimension) => Math.max(0, drawn.drawn[dimension] - (before?.drawn[dimension] ?? 0)));
  const books = leveled(
    withAgent(fromReserve(budgets, totals, more), before, drawn),
    drawn,
    env.settings.budget,
    false,
  );
  const agent = findAgent(books, after.agent) as AgentBudget;
  const isNewlyBlack = agent.level === 'black' && before?.level !== 'black';
  return isNewlyBlack ? withAgent(books, agent, withoutRest(agent)) : books;
}

/** Returns the unused rest of every dimension to the pool; a higher allocation restores it. */
function withoutRest(agent: AgentBudget): AgentBudget {
  const reserved = reservedOf(agent);
  const rest = each((dimension) => {
    const allocated = agent.allocated[dimension];
    return allocated === null ? 0 : Math.max(0, allocated - agent.consumed[dimension] - reserved[dimension]);
  });
  return {
    ...agent,
    allocated: lowered(agent.allocated, rest),
    returned: plus(agent.returned, rest),
  };
}

/** The agent with the figures of the report, not yet booked. */
function reported(
  agent: AgentBudget,
  env: Environment,
  { usage, progress, phase, id, reserve, unknownModels = agent.unknownModels }: Order<'report'>,
): AgentBudget {
  const advanced = { ...agent, progress: progress ?? agent.progress, phase: phase ?? agent.phase };
  if (usage === null)
    return { ...advanced, reportedAt: progress === null && phase === null ? agent.reportedAt : env.now };
  const spent = plus(usage, NOTHING);
  const settles = reserve === null ? id : null;
  const isFirst = agent.reports === 0;
  return {
    ...advanced,
    consumed: plus(agent.consumed, spent),
    unknownModels,
    reservations: agent.reservations.filter((reservation) => reservation.id !== settles),
    settled: settles === null ? agent.settled : listed([...agent.settled, digestOf(settles)]),
    reports: agent.reports + 1,
    recent: each((dimension) => smoothed(isFirst ? null : agent.recent[dimension], spent[dimension])),
    busyMs: busyAfter(agent, env.now),
    reportedAt: env.now,
    reclaimedAt: null,
  };
}

/** Whether the whole reservation may be booked. */
function isAdmissible(budgets: Budgets, agent: AgentBudget, amounts: Usage, env: Environment): boolean {
  const totals = totalsOf(budgets, agent.workflow);
  if (standingOf(agent, totals, env.settings.budget).action === 'stop') return false;
  const limit = limitOf(agent, totals);
  const held = plus(plus(agent.consumed, reservedOf(agent)), amounts);
  const available = availableTo(agent, totals);
  return DIMENSIONS.every((dimension) => {
    const most = limit[dimension];
    if (most === null || amounts[dimension] === 0) return true;
    const isOwn = agent.allocated[dimension] !== null;
    return (
      held[dimension] <= most &&
      (isOwn || held[dimension] - agent.drawn[dimension] <= (available[dimension] ?? Number.POSITIVE_INFINITY))
    );
  });
}

/** Counts a report once per id, stores progress, and books the reservation if it is admitted. */
export function reportUsage(state: State, env: Environment, order: Order<'report'>): BudgetChange | Refused {
  const present = agentToOrder(state, env, order.agent);
  if (present === null) return noSuchAgent(state, order.agent);
  const before = findAgent(state.budgets, order.agent);
  const idState = idStateOf(present, order);
  const leases = withProgress(state.leases, present.agent, order, env.now);
  const isRepeat = idState === 'settled' || (idState === 'reserved' && order.reserve !== null);
  const after = isRepeat
    ? reported(present, env, { ...order, usage: null, reserve: null })
    : reported(present, env, order);

  let books = booked(state.budgets, before, after, env);
  let nextId = state.nextId;
  let reservation: ReportOutcome['reservation'] = null;
  if (order.reserve !== null) {
    const agent = findAgent(books, present.agent) as AgentBudget;
    const id = order.id ?? `R${nextId}`;
    const isAdmitted = idState === 'reserved' || (idState === 'new' && isAdmissible(books, agent, order.reserve, env));
    reservation = { id, isAdmitted };
    if (idState === 'new' && isAdmitted) {
      if (order.id === null) nextId += 1;
      const until = plusMs(env.now, env.settings.budget.reservationTtlMs);
      const added: Reservation = { id, amounts: order.reserve, holder: order.holder, until };
      books = booked(books, agent, { ...agent, reservations: [...agent.reservations, added] }, env);
    }
  }

  // The next report is measured against the pause that this answer advises.
  const agent = findAgent(books, present.agent) as AgentBudget;
  const { pauseMs } = standingIn(books, agent, env.settings.budget);
  if (order.usage !== null && !isRepeat && pauseMs !== agent.pauseMs)
    books = withAgent(books, agent, { ...agent, pauseMs });
  const counted = order.usage ?? NOTHING;
  const isDuplicate = isRepeat && (order.reserve === null || DIMENSIONS.some((dimension) => counted[dimension] > 0));
  const finished = nextId === state.nextId ? state : { ...state, nextId };
  return done(finished, env, books, [present.agent], present.workflow, {
    leases,
    report: { isDuplicate, reservation },
  });
}
