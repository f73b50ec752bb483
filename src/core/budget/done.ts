/** Outcome, events and refusals of an order to the budgets. */
import type { Change } from '../change.ts';
import type { Environment } from '../environment.ts';
import type { CoreEvent } from '../event.ts';
import type { AgentBudget, Budgets, Usage } from '../model/budget.ts';
import type { State } from '../model/state.ts';
import type { Refusal } from '../refusal.ts';
import { findAgent, withWorkflow } from './books.ts';
import { leasesOfAgent } from './lease-agents.ts';
import type { Move } from './rebalance.ts';
import { standingIn } from './standing.ts';
import { pressureOf, totalsOf, workflowNamed } from './totals.ts';

export interface ReportOutcome {
  /** The id was reported before, so nothing was counted. */
  readonly isDuplicate: boolean;
  /** Null if the report asked for no reservation. */
  readonly reservation: { readonly id: string; readonly isAdmitted: boolean } | null;
}

export interface BudgetOutcome {
  readonly kind: 'budget';
  /** Agents that the order names, in that sequence. */
  readonly agents: readonly string[];
  readonly workflow: string;
  readonly report: ReportOutcome | null;
  readonly moves: readonly Move[];
  /** Amounts of a released agent; null for other orders. */
  readonly released: { readonly returned: Usage; readonly consumed: Usage } | null;
}

export interface BudgetChange extends Change {
  readonly outcome: BudgetOutcome;
}

export interface Refused {
  readonly refusal: Refusal;
}

export const refusal = (reason: Refusal): Refused => ({ refusal: reason });

export const noSuchAgent = ({ budgets, leases }: State, agent: string): Refused => {
  const known = new Set(budgets.agents.map(({ agent: name }) => name));
  for (const { project, agents } of leases) for (const { name } of agents) known.add(`${project}/${name}`);
  return refusal({ code: 'no-such-agent', agent, known: [...known] });
};

/** One event for each named agent whose level has changed. */
function levelEvents(before: Budgets, after: Budgets, names: readonly string[]): CoreEvent[] {
  return names.flatMap((name) => {
    const [from, to] = [findAgent(before, name), findAgent(after, name)];
    if (to === null || (from?.level ?? 'green') === to.level) return [];
    return [
      { kind: 'budget' as const, agent: to.agent, workflow: to.workflow, from: from?.level ?? 'green', to: to.level },
    ];
  });
}

/** Stores each workflow's pressure, so that a change adds one event only. */
function withPressure(budgets: Budgets, workflows: ReadonlySet<string>, events: CoreEvent[]): Budgets {
  let books = budgets;
  for (const name of workflows) {
    const before = workflowNamed(books, name);
    const pressure = pressureOf(totalsOf(books, name));
    if (pressure === before.pressure) continue;
    books = withWorkflow(books, { ...before, pressure });
    events.push({ kind: 'pressure', workflow: before.workflow, from: before.pressure, to: pressure });
  }
  return books;
}

/**
 * Completes an order: reports each change of level and pressure once, and marks runs of agents whose action is `stop` for
 * ending if `budget.on_stop` is `kill`.
 */
export function done(
  state: State,
  env: Environment,
  budgets: Budgets,
  names: readonly string[],
  workflow: string,
  more: Partial<Omit<BudgetOutcome, 'kind' | 'agents' | 'workflow'>> & { readonly leases?: State['leases'] } = {},
): BudgetChange {
  const { leases = state.leases, ...rest } = more;
  const events = levelEvents(state.budgets, budgets, names);
  const touched = new Set([workflow, ...names.flatMap((name) => findAgent(budgets, name)?.workflow ?? [])]);
  const books = withPressure(budgets, new Set([...touched].filter((name) => name !== '')), events);
  const next = books === state.budgets && leases === state.leases ? state : { ...state, budgets: books, leases };
  const outcome: BudgetOutcome = {
    kind: 'budget',
    agents: names,
    workflow,
    report: null,
    moves: [],
    released: null,
    ...rest,
  };
  return { state: endStopped(next, env, names, events), outcome, events };
}

/** Marks the runs of stopped agents as ending; their wrappers end the processes. */
function endStopped(state: State, env: Environment, names: readonly string[], events: CoreEvent[]): State {
  const { budget } = env.settings;
  if (budget.onStop !== 'kill') return state;
  let { leases } = state;
  for (const name of names) {
    const agent = findAgent(state.budgets, name);
    if (agent === null) continue;
    const { action } = standingIn(state.budgets, agent, budget);
    const own = action === 'stop' ? leasesOfAgent(leases, agent.agent) : [];
    const ending = own.filter((lease) => lease.run !== null && lease.ending === null);
    const cause = { why: stopReason(agent), by: 'budget' as const };
    for (const { id, project } of ending) events.push({ kind: 'ending', lease: id, project, ...cause });
    if (ending.length > 0)
      leases = leases.map((lease) =>
        ending.includes(lease) ? { ...lease, ending: { since: env.now, ...cause } } : lease,
      );
  }
  return leases === state.leases ? state : { ...state, leases };
}

const stopReason = ({ agent, stopped }: AgentBudget): string =>
  `budget: ${stopped === null ? `nothing is left for ${agent}` : `${agent} was stopped: ${stopped.reason}`}`;
