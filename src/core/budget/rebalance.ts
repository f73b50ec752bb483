/**
 * Moves budget from idle agents to agents that run short. One pass considers each agent once as a donor and once as a
 * receiver, and no agent is both. A donor gives once per idle period and a receiver gets at most its need. What an agent has
 * used is measured by its own allocation: the pool, which a pass changes, decides about nobody. So a second pass at the
 * same moment moves nothing.
 */
import { type AgentBudget, BUDGET_PRIORITIES, type Budgets, budgetKey, type Usage } from '../model/budget.ts';
import { elapsedMs, type Instant } from '../model/instants.ts';
import type { BudgetSettings } from '../settings/budget.ts';
import { each, isNothing, least, lowered, minus, plus, raised } from './amounts.ts';
import { book } from './booking.ts';
import { withAgent } from './books.ts';
import { leveled, shareUsed } from './level.ts';
import { availableTo, reservedOf, type Totals, totalsOf } from './totals.ts';

export interface Move {
  readonly agent: string;
  readonly workflow: string;
  /** `reclaim` moves budget to the pool, `demand` takes it from there. */
  readonly kind: 'reclaim' | 'demand';
  readonly amounts: Usage;
  readonly reason: string;
}

export interface RebalancePlan {
  readonly budgets: Budgets;
  readonly moves: readonly Move[];
}

const IDLE_BELOW = 0.25;
const SHORT_FROM = 0.8;
/** Expected number of further reports of an agent that reports no progress. */
const REPORTS_AHEAD = 10;
/** Lowest progress, in percent, from which usage is projected. */
const PROGRESS_FROM = 5;

/** Expected further usage, by progress if there is enough of it, else by recent reports. */
function likelyNeed({ consumed, recent, progress }: AgentBudget): Usage {
  const isProjected = progress !== null && progress >= PROGRESS_FROM;
  return each((dimension) =>
    isProjected ? Math.ceil((consumed[dimension] * (100 - progress)) / progress) : recent[dimension] * REPORTS_AHEAD,
  );
}

const isIdle = (agent: AgentBudget, settings: BudgetSettings, now: Instant): boolean =>
  agent.reservations.length === 0 &&
  elapsedMs(agent.reportedAt ?? agent.allocatedAt, now) >= settings.idleAfterMs &&
  (agent.reclaimedAt === null || agent.reclaimedAt < (agent.reportedAt ?? agent.allocatedAt));

const shareOfOwn = ({ consumed, allocated }: AgentBudget): number => shareUsed(consumed, allocated);

function reclaim(
  budgets: Budgets,
  agent: AgentBudget,
  totals: Totals,
  settings: BudgetSettings,
  now: Instant,
): RebalancePlan {
  const none = { budgets, moves: [] };
  if (!isIdle(agent, settings, now) || shareOfOwn(agent) >= IDLE_BELOW) return none;
  const need = likelyNeed(agent);
  const amounts = each((dimension) => {
    const [allocated, usable] = [agent.allocated[dimension], totals.usable[dimension]];
    if (allocated === null || usable === null) return 0;
    const left = allocated - agent.consumed[dimension];
    const fair = Math.ceil((settings.minShare * usable) / Math.max(1, totals.agents));
    return Math.max(0, Math.min(Math.floor(left / 2), left - Math.max(fair, need[dimension])));
  });
  if (isNothing(amounts)) return none;
  const after: AgentBudget = {
    ...agent,
    allocated: lowered(agent.allocated, amounts),
    borrowed: minus(agent.borrowed, least(agent.borrowed, amounts)),
    reclaimedAt: now,
  };
  const reason = `idle, less than ${IDLE_BELOW * 100}% used`;
  const move: Move = { agent: agent.agent, workflow: agent.workflow, kind: 'reclaim', amounts, reason };
  return { budgets: withAgent(budgets, agent, after), moves: [move] };
}

/** Amounts that a working agent will need beyond its allocation; null if it does not run short. */
function shortfall(agent: AgentBudget, share: number, settings: BudgetSettings, now: Instant): Usage | null {
  // An agent on black is silent because it may not continue, not because it is idle.
  const isWaiting = agent.level === 'black';
  const isWorking = agent.stopped === null && agent.reports > 0 && (isWaiting || !isIdle(agent, settings, now));
  if (!isWorking || share < SHORT_FROM) return null;
  const [need, reserved] = [likelyNeed(agent), reservedOf(agent)];
  const wanted = each((dimension) => {
    const allocated = agent.allocated[dimension];
    if (allocated === null) return 0;
    // An overrun adds to the need.
    return Math.max(0, need[dimension] - (allocated - agent.consumed[dimension] - reserved[dimension]));
  });
  return isNothing(wanted) ? null : wanted;
}

function serve(budgets: Budgets, agent: AgentBudget, wanted: Usage, settings: BudgetSettings): RebalancePlan {
  const totals = totalsOf(budgets, agent.workflow);
  const available = availableTo(agent, totals);
  const amounts = each((dimension) => {
    const cap = shareCap(agent, totals.usable[dimension], totals.agents, settings);
    const room = cap === null ? Number.POSITIVE_INFINITY : Math.max(0, cap - (agent.allocated[dimension] ?? 0));
    return Math.min(wanted[dimension], available[dimension] ?? Number.POSITIVE_INFINITY, room);
  });
  if (isNothing(amounts)) return { budgets, moves: [] };
  const grown: AgentBudget = {
    ...agent,
    allocated: raised(agent.allocated, amounts),
    borrowed: plus(agent.borrowed, amounts),
  };
  const booking = book(budgets, agent, grown);
  if ('short' in booking) return { budgets, moves: [] };
  const reason = `${Math.round(shareOfOwn(agent) * 100)}% used, needs more`;
  const move: Move = { agent: agent.agent, workflow: agent.workflow, kind: 'demand', amounts, reason };
  return { budgets: leveled(booking.budgets, grown, settings, false), moves: [move] };
}

/** Largest allocation that borrowing may reach, so that no agent empties the pool; null is no limit. */
export const shareCap = (
  { priority }: Pick<AgentBudget, 'priority'>,
  usable: number | null,
  agents: number,
  { maxShare }: BudgetSettings,
): number | null => (usable === null || agents < 2 || priority === 'critical' ? null : Math.floor(usable * maxShare));

/** Plans one pass over the workflow `only`, or over all workflows if it is null. */
export function rebalance(
  budgets: Budgets,
  only: string | null,
  settings: BudgetSettings,
  now: Instant,
): RebalancePlan {
  const isSelected = ({ workflow }: AgentBudget): boolean => only === null || budgetKey(workflow) === budgetKey(only);
  const totalsByWorkflow = new Map<string, Totals>();
  const totalsBefore = ({ workflow }: AgentBudget): Totals => {
    const totals = totalsByWorkflow.get(workflow) ?? totalsOf(budgets, workflow);
    totalsByWorkflow.set(workflow, totals);
    return totals;
  };
  const moves: Move[] = [];
  let books = budgets;

  // 1. Idle budget goes to the pool.
  for (const agent of budgets.agents.filter(isSelected)) {
    const plan = reclaim(books, agent, totalsBefore(agent), settings, now);
    books = plan.budgets;
    moves.push(...plan.moves);
  }

  // 2. Agents that run short receive from the pool: by priority, then by the largest share used, then by name.
  const short = books.agents.filter(isSelected).flatMap((agent) => {
    const share = shareOfOwn(agent);
    const wanted = shortfall(agent, share, settings, now);
    return wanted === null ? [] : [{ agent, wanted, share, rank: BUDGET_PRIORITIES.indexOf(agent.priority) }];
  });
  short.sort(
    (a, b) => a.rank - b.rank || b.share - a.share || (budgetKey(a.agent.agent) < budgetKey(b.agent.agent) ? -1 : 1),
  );
  for (const { agent, wanted } of short) {
    const plan = serve(books, agent, wanted, settings);
    books = plan.budgets;
    moves.push(...plan.moves);
  }
  return { budgets: books, moves };
}
