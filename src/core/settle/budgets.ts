/** Applies the changes that time and dead processes cause in budgets: reservations end, windows renew. */
import { each, isNothing, minus, NOTHING, raised } from '../budget/amounts.ts';
import { withAgent } from '../budget/books.ts';
import { reservedOf, totalsOf } from '../budget/totals.ts';
import { renewed } from '../budget/window.ts';
import { type Environment, isDead } from '../environment.ts';
import type { CoreEvent } from '../event.ts';
import {
  type AgentBudget,
  type Budgets,
  budgetKey,
  type Reservation,
  type Window,
  type WorkflowBudget,
} from '../model/budget.ts';

const isOver = ({ until, holder }: Reservation, env: Environment): boolean =>
  until <= env.now || (holder !== null && isDead(env, holder));

/** Cuts the draw to the used and reserved part; the rest went back to the pool with the reservation. */
function shrunk(agent: AgentBudget): AgentBudget {
  const reserved = reservedOf(agent);
  const { drawn, consumed } = agent;
  return {
    ...agent,
    drawn: {
      tokens: Math.min(drawn.tokens, consumed.tokens + reserved.tokens),
      timeMs: Math.min(drawn.timeMs, consumed.timeMs + reserved.timeMs),
      costMicroUsd: Math.min(drawn.costMicroUsd, consumed.costMicroUsd + reserved.costMicroUsd),
    },
  };
}

/** The budget at the start of a window: nothing is used. */
const fresh = (agent: AgentBudget): AgentBudget =>
  shrunk({ ...agent, consumed: NOTHING, unknownModels: [], level: 'green' });

/** Gives agents with a new window their returned amounts again, as far as the pool still has them. */
function withReturns(books: Budgets, names: ReadonlySet<string>): Budgets {
  let next = books;
  for (const agent of books.agents) {
    if (!names.has(agent.agent) || isNothing(agent.returned)) continue;
    const { pool } = totalsOf(next, agent.workflow);
    const back = each((dimension) =>
      agent.allocated[dimension] === null
        ? 0
        : Math.min(agent.returned[dimension], Math.max(0, pool[dimension] ?? Number.POSITIVE_INFINITY)),
    );
    const allocated = raised(agent.allocated, back);
    next = withAgent(next, agent, { ...agent, allocated, returned: minus(agent.returned, back) });
  }
  return next;
}

/** After the clock was set back, a window moves with what is used in it: no clock gives a budget twice. */
const begins = (window: Window | null, before: Window | null): boolean =>
  window !== null && before !== null && window.startedAt > before.startedAt;

/** Ends reservations and renews windows that are due; returns the same object when none is. */
export function settleBudgets(budgets: Budgets, env: Environment, events: CoreEvent[]): Budgets {
  if (budgets.agents.length + budgets.workflows.length === 0) return budgets;
  const renewing = new Set<string>();
  const renewedAgents = new Set<string>();
  const workflows = mapped(budgets.workflows, (workflow: WorkflowBudget) => {
    if (workflow.window === null) return workflow;
    const window = renewed(workflow.window, env.now);
    if (window === workflow.window) return workflow;
    if (!begins(window, workflow.window)) return { ...workflow, window };
    renewing.add(budgetKey(workflow.workflow));
    return { ...workflow, window, pressure: 'none' as const, ended: { allocated: NOTHING, consumed: NOTHING } };
  });
  const agents = mapped(budgets.agents, (agent: AgentBudget) => {
    let next = agent;
    if (agent.reservations.some((one) => isOver(one, env)))
      next = shrunk({ ...agent, reservations: agent.reservations.filter((one) => !isOver(one, env)) });
    const window = agent.window === null ? null : renewed(agent.window, env.now);
    if (window !== agent.window && !begins(window, agent.window)) next = { ...next, window };
    const isRenewing = begins(window, agent.window) || (renewing.size > 0 && renewing.has(budgetKey(agent.workflow)));
    if (!isRenewing) return next;
    if (agent.level !== 'green')
      events.push({ kind: 'budget', agent: agent.agent, workflow: agent.workflow, from: agent.level, to: 'green' });
    renewedAgents.add(agent.agent);
    return { ...fresh(next), window };
  });
  if (workflows === budgets.workflows && agents === budgets.agents) return budgets;
  return withReturns({ workflows, agents }, renewedAgents);
}

/** `items.map`, but returns the same list when no item changed. */
function mapped<T>(items: readonly T[], change: (item: T) => T): readonly T[] {
  let changed: T[] | null = null;
  for (let at = 0; at < items.length; at += 1) {
    const item = items[at] as T;
    const next = change(item);
    if (next === item) continue;
    changed ??= items.slice();
    changed[at] = next;
  }
  return changed ?? items;
}
