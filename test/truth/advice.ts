/** Overruns and recommendations of `report`, by docs/reference/figures.md; amounts in tokens, milliseconds, micro-dollars. */
import type { Event, Files } from './files.ts';
import type { Span } from './past.ts';
import { integral, quantile, slotsOf, waitsOf } from './past.ts';
import type { Dimension, Present } from './present.ts';
import { DIMENSIONS, IN_JSON, presentOf, same, shareOfAllocation, UNIT, workflowIn } from './present.ts';

const IDLE_AFTER_MS = 10 * 60_000;
const LONG_WAIT_SECONDS = 60;
const LEAST_RECLAIMS = 3;

export interface Overrun {
  readonly agent: string;
  readonly workflow: string;
  readonly dimension: Dimension;
  readonly allocated: number;
  readonly consumed: number;
}

/** The dimensions of the present budgets in which more is consumed than allocated. */
const overNow = ({ agents }: Present): Overrun[] =>
  agents.flatMap(({ agent, workflow, allocated, consumed }) =>
    DIMENSIONS.filter((dimension) => allocated?.[dimension] != null)
      .map((dimension) => ({
        ...{ agent: agent.toLowerCase(), workflow, dimension },
        ...{ allocated: allocated[dimension], consumed: consumed?.[dimension] ?? 0 },
      }))
      .filter((one) => one.consumed > one.allocated),
  );

const excess = ({ consumed, allocated }: Overrun): number => consumed - allocated;

export const isOf = (one: Overrun, other: Overrun): boolean =>
  one.agent === other.agent && one.dimension === other.dimension;

/** Of each agent and dimension the largest excess, among the `overrun` records and the present budgets; equal ones all. */
export function overrunsOf(present: Present, events: readonly Event[]): Overrun[] {
  const recorded = events
    .filter(({ kind }) => kind === 'overrun')
    .map(({ agent, workflow = 'default', dimension: name, allocated, consumed }) => {
      const dimension = DIMENSIONS.find((one) => IN_JSON[one] === name) as Dimension;
      const amount = (value: number): number => Math.round(value * UNIT[dimension]);
      return {
        ...{ agent: agent.toLowerCase(), workflow, dimension },
        ...{ allocated: amount(allocated), consumed: amount(consumed) },
      };
    });
  const all = [...recorded, ...overNow(present)];
  return all.filter((one) => all.every((other) => !isOf(one, other) || excess(other) <= excess(one)));
}

function waitsAdvice(spans: readonly Span[], grants: readonly Event[], projects: readonly string[]) {
  const waiting = spans.filter(({ queued }) => queued.length > 0);
  const capacity = integral(waiting, (span) => span.capacity);
  const used = capacity === 0 ? 0 : integral(waiting, ({ held }) => slotsOf(held)) / capacity;
  const long = projects
    .map((project) => ({
      project,
      waitedSeconds: quantile(waitsOf(grants.filter((grant) => same(grant.project, project))), 0.9),
    }))
    .filter(({ waitedSeconds }) => waitedSeconds >= LONG_WAIT_SECONDS);
  if (long.length === 0) return [];
  const most = Math.max(...long.map(({ waitedSeconds }) => waitedSeconds));
  if (used >= 0.9) return [{ code: 'too-few-slots', waitedSeconds: most, used }];
  return long.map((one) => ({ code: 'waits-while-free', ...one, used }));
}

/** Budgets of agents that stand still, and what is left of them in their first allocated dimension. */
function unused(present: Present) {
  return present.agents.flatMap((agent) => {
    const dimension = DIMENSIONS.find((one) => (agent.allocated?.[one] ?? 0) > 0);
    if (dimension === undefined) return [];
    const last = Date.parse(agent.reported_at ?? agent.allocated_at);
    const consumed = agent.consumed?.[dimension] ?? 0;
    const isIdle = present.now - last >= IDLE_AFTER_MS && (shareOfAllocation(agent) ?? 0) < 0.25;
    return isIdle
      ? [{ code: 'unused', agent: agent.agent.toLowerCase(), dimension, left: agent.allocated[dimension] - consumed }]
      : [];
  });
}

/** Agents that used more than their budgets, and have not been given as much since. */
function overBudget(present: Present, events: readonly Event[]) {
  const overruns = overrunsOf(present, events).filter(({ agent, dimension }) => {
    const budget = present.agents.find((one) => same(one.agent, agent));
    if (budget === undefined) return true;
    return (budget.consumed?.[dimension] ?? 0) > (budget.allocated?.[dimension] ?? Number.POSITIVE_INFINITY);
  });
  return overruns
    .filter((one, at) => overruns.findIndex((other) => isOf(one, other)) === at)
    .map((one) => ({ code: 'overrun', agent: one.agent, dimension: one.dimension, by: excess(one) }));
}

export function adviceOf(files: Files, spans: readonly Span[], events: readonly Event[], projects: readonly string[]) {
  const present = presentOf(files);
  const overruns = overNow(present);
  const of = (kind: string): Event[] => events.filter((event) => event.kind === kind);
  const died = projects
    .map((project) => ({ project, leases: of('reclaimed').filter((one) => same(one.project, project)).length }))
    .filter(({ leases }) => leases >= LEAST_RECLAIMS);
  const pools = present.workflows.flatMap(({ workflow }) =>
    DIMENSIONS.map((dimension) => ({
      workflow,
      dimension,
      left: workflowIn(present, workflow, dimension).pool ?? 0,
    })).filter(
      ({ dimension, left }) =>
        left > 0 && overruns.some((one) => same(one.workflow, workflow) && one.dimension === dimension),
    ),
  );
  return [
    ...waitsAdvice(spans, of('granted'), projects),
    ...died.map((one) => ({ code: 'died', ...one })),
    ...overBudget(present, events),
    ...unused(present),
    ...pools.map((one) => ({ code: 'pool-idle', ...one, workflow: one.workflow.toLowerCase() })),
  ];
}
