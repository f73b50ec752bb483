/** The state at one moment, by the section Terms of docs/reference/figures.md. */
import type { Files, Raw } from './files.ts';

export const DIMENSIONS = ['tokens', 'time_ms', 'cost_micro_usd'] as const;
export type Dimension = (typeof DIMENSIONS)[number];
/** Names and units of the dimensions in JSON: tokens, seconds, dollars. */
export const IN_JSON = { tokens: 'tokens', time_ms: 'time_seconds', cost_micro_usd: 'cost' } as const;
export const UNIT = { tokens: 1, time_ms: 1000, cost_micro_usd: 1e6 } as const;

export const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** Project and agent names are compared without regard to case. */
export const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

export interface Present {
  readonly now: number;
  readonly max: number;
  readonly capacity: number;
  readonly used: number;
  readonly setAside: number;
  readonly free: number;
  readonly leases: readonly Raw[];
  readonly queue: readonly Raw[];
  readonly workflows: readonly Raw[];
  readonly agents: readonly Raw[];
}

const MINUTE = 60_000;
const CLAIM_WITHIN = 2 * MINUTE;

/** A request at `now`: an offer that is over has lapsed; a lapsed one is dropped in the end. */
function waitingAt(entry: Raw, now: number): Raw[] {
  const until = entry.offered_until == null ? null : Date.parse(entry.offered_until);
  const isOver = until !== null && until <= now;
  const lapsed = isOver ? now : entry.lapsed_at == null ? null : Date.parse(entry.lapsed_at);
  if (lapsed !== null && now - lapsed >= Math.max(10 * CLAIM_WITHIN, 10 * MINUTE)) return [];
  const offered = until === null || isOver ? 0 : (entry.offered_slots ?? entry.slots);
  return [{ ...entry, min_slots: entry.min_slots ?? entry.slots, offered, lapsed: lapsed !== null && offered === 0 }];
}

const isOpen = (reservation: Raw, now: number): boolean => Date.parse(reservation.until) > now;

/** What an agent has drawn from the pool; a reservation that is over gives its part back. */
function drawnAt({ drawn = {}, allocated = {}, reservations = [] }: Raw, now: number): Raw {
  const back = (dimension: Dimension): number =>
    sum(reservations.filter((one: Raw) => !isOpen(one, now)).map((one: Raw) => one[dimension] ?? 0));
  return Object.fromEntries(
    DIMENSIONS.map((dimension) => [
      dimension,
      (drawn[dimension] ?? 0) - (allocated[dimension] == null ? back(dimension) : 0),
    ]),
  );
}

export function presentOf({ now, slots }: Files): Present {
  const leases = (slots.leases ?? []).filter(
    (lease: Raw) => lease.expires_at == null || Date.parse(lease.expires_at) > now,
  );
  const queue = (slots.queue ?? []).flatMap((entry: Raw) => waitingAt(entry, now));
  const max = slots.max_slots;
  const capacity = Math.min(max, slots.vm_state?.effective_max_slots ?? max);
  const used = sum(leases.map((lease: Raw) => lease.slots));
  const setAside = sum(queue.map((entry: Raw) => entry.offered));
  const budgets = slots.budgets ?? [];
  const agents = budgets
    .filter((budget: Raw) => budget.agent !== undefined)
    .map((budget: Raw) => ({
      ...budget,
      drawn: drawnAt(budget, now),
      workflow: budget.workflow ?? 'default',
      level: budget.level ?? 'green',
      reservations: (budget.reservations ?? []).filter((one: Raw) => isOpen(one, now)),
    }));
  const named = budgets.filter((budget: Raw) => budget.agent === undefined);
  const unnamed = agents
    .map((agent: Raw) => agent.workflow)
    .filter((name: string, at: number, all: string[]) => all.findIndex((other) => same(other, name)) === at)
    .filter((name: string) => !named.some((workflow: Raw) => same(workflow.workflow, name)))
    .map((workflow: string) => ({ workflow }));
  return {
    ...{ now, max, capacity, used, setAside, free: Math.max(0, capacity - used - setAside) },
    ...{ leases, queue, agents, workflows: [...named, ...unnamed] },
  };
}

/** The slots of each project, by its name in lower case. */
export function slotsByProject(leases: readonly Raw[]): Map<string, number> {
  const slots = new Map<string, number>();
  for (const lease of leases) {
    const key = lease.project.toLowerCase();
    slots.set(key, (slots.get(key) ?? 0) + lease.slots);
  }
  return slots;
}

/** The amounts of a workflow in one dimension, in tokens, milliseconds or micro-dollars; null is unlimited. */
export function workflowIn(present: Present, name: string, dimension: Dimension) {
  const workflow = present.workflows.find((one) => same(one.workflow, name)) ?? {};
  const members = present.agents.filter((agent) => same(agent.workflow, name));
  const total: number | null = workflow.total?.[dimension] ?? null;
  const reserve: number = workflow.reserve?.[dimension] ?? 0;
  const given = (agent: Raw): number => agent.allocated?.[dimension] ?? agent.drawn?.[dimension] ?? 0;
  const allocated = sum(members.map(given)) + (workflow.ended_allocated?.[dimension] ?? 0);
  const consumed =
    sum(members.map((agent) => agent.consumed?.[dimension] ?? 0)) + (workflow.ended_consumed?.[dimension] ?? 0);
  const pool = total === null ? null : total - reserve - allocated;
  return { total, reserve, allocated, consumed, pool };
}

const isUsedUp = (present: Present, name: string): boolean =>
  DIMENSIONS.some((dimension) => {
    const { total, reserve, consumed } = workflowIn(present, name, dimension);
    return total !== null && consumed >= total - reserve;
  });

/** The limit of a budget in one dimension; null is unlimited. */
export function limitOf(present: Present, agent: Raw, dimension: Dimension): number | null {
  const own = agent.allocated?.[dimension];
  if (own != null) return own;
  const { total, reserve, pool } = workflowIn(present, agent.workflow, dimension);
  if (total === null || pool === null) return null;
  const isRescued = agent.priority === 'critical' && isUsedUp(present, agent.workflow);
  return (agent.drawn?.[dimension] ?? 0) + Math.max(0, pool) + (isRescued ? reserve : 0);
}

export const shareOf = (used: number, limit: number): number => (limit === 0 ? 1 : used / limit);

/** The largest of consumed ÷ limit over the limited dimensions; 0 without any limit. */
export function shareUsed(present: Present, agent: Raw): number {
  return Math.max(
    0,
    ...DIMENSIONS.map((dimension) => {
      const limit = limitOf(present, agent, dimension);
      return limit === null ? 0 : shareOf(agent.consumed?.[dimension] ?? 0, limit);
    }),
  );
}

/** The largest of consumed ÷ allocation over the allocated dimensions; null without any. */
export function shareOfAllocation(agent: Raw): number | null {
  const shares = DIMENSIONS.filter((dimension) => agent.allocated?.[dimension] != null).map((dimension) =>
    shareOf(agent.consumed?.[dimension] ?? 0, agent.allocated[dimension]),
  );
  return shares.length === 0 ? null : Math.max(...shares);
}

/** The amounts of all dimensions as JSON has them. */
export const amountsInJson = (amount: (dimension: Dimension) => number | null) =>
  Object.fromEntries(
    DIMENSIONS.map((dimension) => {
      const found = amount(dimension);
      return [IN_JSON[dimension], found === null ? null : found / UNIT[dimension]];
    }),
  );

const COLOURS = ['green', 'yellow', 'orange', 'red', 'black'] as const;
const BEGINS = [0, 0.6, 0.75, 0.9, 1];
const HYSTERESIS = 0.05;

/** The colour of a budget now: it rises at its mark, is left 5 points below it, and black as soon as anything is left. */
export function colourOf(present: Present, agent: Raw): string {
  const share = shareUsed(present, agent);
  const kept = COLOURS.indexOf(agent.level);
  const reached = BEGINS.findLastIndex((begin) => share >= begin);
  const below = BEGINS.findLastIndex(
    (begin, at) => share > begin - (at === 0 || at === 4 ? 0 : HYSTERESIS) || at === 0,
  );
  return COLOURS[Math.max(reached, Math.min(kept, below))] as string;
}
