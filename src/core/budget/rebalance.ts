/**
 * Moving budget from where it lies idle to where it runs short. One pass looks at each agent once as a donor and once as
 * a receiver, and nobody is both; so it ends. A donor gives once per idle period, a receiver gets at most what it needs,
 * so a second pass at the same moment moves nothing, and nothing goes back and forth.
 */
import type { AgentBudget, Budgets, Usage } from '../model/budget.ts';
import { BUDGET_PRIORITIES, budgetKey } from '../model/budget.ts';
import { elapsedMs, type Instant } from '../model/instants.ts';
import type { BudgetSettings } from '../settings/budget.ts';
import { each, isNothing, least, lowered, minus, plus, raised } from './amounts.ts';
import { book } from './booking.ts';
import { withAgent } from './books.ts';
import { leveled, shareUsed } from './level.ts';
import { availableTo, limitOf, reservedOf, type Totals, totalsOf } from './totals.ts';

export interface Move {
  readonly agent: string;
  readonly workflow: string;
  /** `reclaim` goes to the pool, `demand` comes from it. */
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
/** Without a word about progress, an agent is expected to go on for so many reports. */
const REPORTS_AHEAD = 10;
/** Progress below this says too little to be projected. */
const PROGRESS_FROM = 5;

/** What it will probably still use: by its progress, else by its latest reports. */
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

function reclaim(
  budgets: Budgets,
  agent: AgentBudget,
  totals: Totals,
  settings: BudgetSettings,
  now: Instant,
): RebalancePlan {
  const none = { budgets, moves: [] };
  if (!isIdle(agent, settings, now) || shareUsed(agent.consumed, limitOf(agent, totals)) >= IDLE_BELOW) return none;
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
  const reason = `idle, less than ${IDLE_BELOW * 100} % used: half of what is left`;
  const move: Move = { agent: agent.agent, workflow: agent.workflow, kind: 'reclaim', amounts, reason };
  return { budgets: withAgent(budgets, agent, after), moves: [move] };
}

/** An agent that runs short, with what it will need beyond what it has. */
function shortfall(agent: AgentBudget, share: number, settings: BudgetSettings, now: Instant): Usage | null {
  // One that has used up what it had does not report because it may not go on.
  const isWaiting = agent.level === 'black';
  const isWorking = agent.stopped === null && agent.reports > 0 && (isWaiting || !isIdle(agent, settings, now));
  if (!isWorking || share < SHORT_FROM) return null;
  const [need, reserved] = [likelyNeed(agent), reservedOf(agent)];
  const wanted = each((dimension) => {
    const allocated = agent.allocated[dimension];
    if (allocated === null) return 0;
    // What was used beyond the allocation is owed first.
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
  const reason = `${Math.round(shareUsed(agent.consumed, limitOf(agent, totals)) * 100)} % used and expected to exceed`;
  const move: Move = { agent: agent.agent, workflow: agent.workflow, kind: 'demand', amounts, reason };
  return { budgets: leveled(booking.budgets, grown, settings, false), moves: [move] };
}

/** Most that an agent may come to hold by borrowing, so that none takes the pool for itself; null: no limit. */
export const shareCap = (
  { priority }: Pick<AgentBudget, 'priority'>,
  usable: number | null,
  agents: number,
  { maxShare }: BudgetSettings,
): number | null => (usable === null || agents < 2 || priority === 'critical' ? null : Math.floor(usable * maxShare));

/** The pass over one workflow, or all of them. */
export function rebalance(
  budgets: Budgets,
  only: string | null,
  settings: BudgetSettings,
  now: Instant,
): RebalancePlan {
  const isMeant = ({ workflow }: AgentBudget): boolean => only === null || budgetKey(workflow) === budgetKey(only);
  const known = new Map<string, Totals>();
  const totalsBefore = ({ workflow }: AgentBudget): Totals => {
    const found = known.get(workflow) ?? totalsOf(budgets, workflow);
    known.set(workflow, found);
    return found;
  };
  const moves: Move[] = [];
  let books = budgets;

  // 1. What lies idle goes to the pool.
  for (const agent of budgets.agents.filter(isMeant)) {
    const done = reclaim(books, agent, totalsBefore(agent), settings, now);
    books = done.budgets;
    moves.push(...done.moves);
  }

  // 2. Who runs short is served: priority, then the largest share used, then by name.
  const short = books.agents.filter(isMeant).flatMap((agent) => {
    const share = shareUsed(agent.consumed, limitOf(agent, totalsBefore(agent)));
    const wanted = shortfall(agent, share, settings, now);
    return wanted === null ? [] : [{ agent, wanted, share, rank: BUDGET_PRIORITIES.indexOf(agent.priority) }];
  });
  short.sort(
    (a, b) => a.rank - b.rank || b.share - a.share || (budgetKey(a.agent.agent) < budgetKey(b.agent.agent) ? -1 : 1),
  );
  for (const { agent, wanted } of short) {
    const done = serve(books, agent, wanted, settings);
    books = done.budgets;
    moves.push(...done.moves);
  }
  return { budgets: books, moves };
}
