/** Overruns and recommendations of `report`, by docs/reference/figures.md; amounts in tokens, milliseconds, micro-dollars. */
import type { Event, Files } from './files.ts';
import { causeIn, integral, quantile, slotsOf, spansIn, waitsOf } from './past.ts';
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

/** The causes of a wait with their seconds, the longest first, from one record of its ticket to the next. */
function causesOf(records: readonly Event[], end: number) {
  const seconds = new Map<string, number>();
  for (const [at, record] of records.entries()) {
    const cause = causeIn(record);
    if (cause == null) continue;
    const until = records[at + 1]?.at ?? end;
    seconds.set(cause, (seconds.get(cause) ?? 0) + (until - record.at) / 1000);
  }
  return [...seconds]
    .filter(([, length]) => length >= 1)
    .map(([reason, length]) => ({ reason, seconds: length }))
    .sort((one, other) => other.seconds - one.seconds);
}

/** The longest wait of each project that waits long. */
function waitsAdvice(files: Files, grants: readonly Event[], projects: readonly string[]) {
  return projects.flatMap((project) => {
    const own = grants.filter((grant) => same(grant.project, project));
    if (quantile(waitsOf(own), 0.9) < LONG_WAIT_SECONDS) return [];
    const waitedSeconds = Math.max(...waitsOf(own));
    const grant = own.find((one) => (one.waited_seconds ?? 0) === waitedSeconds) as Event;
    const before = files.events.slice(0, files.events.indexOf(grant));
    const first = before.findLastIndex(({ kind, ticket }) => kind === 'queued' && ticket === grant.ticket);
    if (grant.ticket === undefined || first < 0)
      return [{ code: 'waited', project, waitedSeconds, used: null, causes: [] }];
    const records = before
      .slice(first)
      .filter(({ kind, ticket }) => ticket === grant.ticket && (kind === 'queued' || kind === 'waiting'));
    const spans = spansIn(files, (records[0] as Event).at, grant.at);
    const capacity = integral(spans, (span) => span.capacity);
    const used = capacity === 0 ? null : integral(spans, ({ held }) => slotsOf(held)) / capacity;
    return [{ code: 'waited', project, waitedSeconds, used, causes: causesOf(records, grant.at) }];
  });
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

export function adviceOf(files: Files, events: readonly Event[], projects: readonly string[]) {
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
    ...waitsAdvice(files, of('granted'), projects),
    ...died.map((one) => ({ code: 'died', ...one })),
    ...overBudget(present, events),
    ...unused(present),
    ...pools.map((one) => ({ code: 'pool-idle', ...one, workflow: one.workflow.toLowerCase() })),
  ];
}
