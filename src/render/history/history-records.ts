/**
 * History records of one commit, derived by comparing the states before and after it, so that every record describes a
 * real change. Amounts are those of the JSON answers: seconds, dollars, ISO instants.
 */
import { overrunsOf } from '../../core/budget/overrun.ts';
import type { CoreEvent } from '../../core/event.ts';
import { type AgentBudget, type Budgets, budgetKey, DIMENSIONS, type Usage } from '../../core/model/budget.ts';
import type { Instant } from '../../core/model/instants.ts';
import { type Lease, leaseSize } from '../../core/model/lease.ts';
import { PUBLISHED, published } from '../../core/model/published.ts';
import type { QueueEntry, SlotRequest } from '../../core/model/queue-entry.ts';
import type { HistoryRecord } from '../../core/model/record.ts';
import type { State } from '../../core/model/state.ts';
import { reasonFields, waitChanges } from '../../core/schedule/wait-reasons.ts';
import type { Command } from '../../core/transition.ts';
import type { Committed } from '../../ports/snapshot.ts';
import { amountsJson } from '../json/json-values.ts';

const seconds = (ms: number): number => Math.round(Math.max(0, ms)) / 1000;
const since = (at: Instant | null, now: Instant): number | null => (at === null ? null : seconds(now - at));

/** Only the dimensions that were used. */
const usageFields = (usage: Usage): Readonly<Record<string, number>> =>
  Object.fromEntries(
    DIMENSIONS.filter((dimension) => usage[dimension] !== 0).map((dimension) => [
      PUBLISHED[dimension].name,
      published(dimension, usage[dimension]),
    ]),
  );

/** The number that a ticket shares with the lease granted for it. */
const numberOf = (id: string): string => id.slice(1);

function granted(lease: Lease, entry: QueueEntry | undefined, asked: SlotRequest | null, now: Instant): HistoryRecord {
  const from = entry ?? asked;
  const agents = lease.agents.map(({ name }) => name);
  return {
    kind: 'granted',
    project: lease.project,
    lease: lease.id,
    slots: leaseSize(lease),
    requested: from?.slots ?? leaseSize(lease),
    min_slots: from?.minSlots ?? leaseSize(lease),
    waited_seconds: entry === undefined ? 0 : since(entry.queuedAt, now),
    ...(entry === undefined ? {} : { ticket: entry.ticket }),
    ...(lease.parent === null ? {} : { parent: lease.parent }),
    ...(agents.length === 0 ? {} : { agents }),
  };
}

/** Records of released slots with their holding time; leases with an event of their own (`recorded`) are left out. */
function releasedRecords(before: State, after: State, recorded: ReadonlySet<string>, now: Instant): HistoryRecord[] {
  const left = new Map(after.leases.map((lease) => [lease.id, leaseSize(lease)]));
  return before.leases.flatMap((lease) => {
    const slots = leaseSize(lease) - (left.get(lease.id) ?? 0);
    if (slots <= 0 || recorded.has(lease.id)) return [];
    const held = { slots, held_seconds: since(lease.acquiredAt, now) };
    return [{ kind: 'released', project: lease.project, lease: lease.id, ...held }];
  });
}

function queueRecords(before: State, after: State, events: readonly CoreEvent[], now: Instant): HistoryRecord[] {
  const ticketsAfter = new Set(after.queue.map(({ ticket }) => ticket));
  const leases = new Set(after.leases.map(({ id }) => numberOf(id)));
  const dropped = new Set(events.flatMap((event) => (event.kind === 'dropped' ? [event.ticket] : [])));
  const { queued, changed } = waitChanges(before.queue, after.queue);
  const asked = queued.map((entry): HistoryRecord => {
    const { ticket, project, slots, minSlots, priority } = entry;
    const wanted = { slots, min_slots: minSlots, ...(priority === null ? {} : { priority }) };
    return { kind: 'queued', project, ticket, ...wanted, ...reasonFields(entry) };
  });
  const waiting = changed.map((entry): HistoryRecord => {
    const { ticket, project } = entry;
    return { kind: 'waiting', project, ticket, ...reasonFields(entry) };
  });
  const withdrawn = before.queue
    .filter(({ ticket }) => !ticketsAfter.has(ticket) && !leases.has(numberOf(ticket)) && !dropped.has(ticket))
    .map(
      ({ ticket, project, slots, queuedAt }): HistoryRecord => ({
        kind: 'withdrawn',
        project,
        ticket,
        slots,
        waited_seconds: since(queuedAt, now),
      }),
    );
  return [...asked, ...waiting, ...withdrawn];
}

/** Records of events: reclaims, endings, threshold crossings. */
function eventRecords(events: readonly CoreEvent[], before: State, now: Instant): HistoryRecord[] {
  const heldSeconds = (id: string): number | null =>
    since(before.leases.find((lease) => lease.id === id)?.acquiredAt ?? null, now);
  return events.flatMap((event): HistoryRecord[] => {
    switch (event.kind) {
      case 'granted':
        return [];
      case 'reclaimed':
      case 'killed':
        return [{ ...event, held_seconds: heldSeconds(event.lease) }];
      case 'offered':
        return [{ ...event, until: new Date(event.until).toISOString() }];
      default:
        return [event];
    }
  });
}

/** Records of budget orders; a usage report becomes a `usage` record. */
function budgetRecords(command: Command, { state, outcome }: Pick<Committed, 'state' | 'outcome'>): HistoryRecord[] {
  if (command.kind !== 'budget' || outcome.kind !== 'budget') return [];
  const { order } = command;
  const budgets = state.budgets.agents.filter(({ agent }) => outcome.agents.includes(agent));
  if (order.do === 'report') {
    const agent = budgets[0];
    if (agent === undefined || outcome.report?.isDuplicate === true) return [];
    const figures = {
      ...(order.usage === null ? {} : usageFields(order.usage)),
      ...(order.progress === null ? {} : { progress: order.progress }),
      ...(order.phase === null ? {} : { phase: order.phase }),
    };
    if (Object.keys(figures).length === 0) return [];
    return [{ kind: 'usage', agent: agent.agent, workflow: agent.workflow, ...figures }];
  }
  if (order.do === 'rebalance') return outcome.moves.length === 0 ? [] : [{ kind: 'rebalance', moves: outcome.moves }];
  const { do: verb } = order;
  const allocated = budgets.map(({ agent, allocated }) => ({ agent, ...amountsJson(allocated) }));
  return [
    {
      kind: `budget-${verb}`,
      workflow: outcome.workflow,
      ...(outcome.agents.length === 1 ? { agent: outcome.agents[0] } : {}),
      ...(allocated.length === 0 ? {} : { allocated }),
      ...('reason' in order ? { reason: order.reason } : {}),
      ...('rate' in order ? { rate: order.rate } : {}),
    },
  ];
}

/** Key of a budget in its window: the agent, and the starts of its own window and of its workflow's. */
function windowKey({ agent, workflow, window }: AgentBudget, { workflows }: Budgets): string {
  const shared = workflows.find((one) => budgetKey(one.workflow) === budgetKey(workflow));
  return [budgetKey(agent), window?.startedAt, shared?.window?.startedAt].join(' ');
}

/**
 * Overruns that a commit makes: consumed and allocation of an agent, per dimension in which it makes consumed −
 * allocation larger than it was in the same window, and larger than 0.
 */
function overrunRecords(before: Budgets, after: Budgets): HistoryRecord[] {
  if (before.agents === after.agents) return [];
  const known = new Map(before.agents.map((agent) => [windowKey(agent, before), agent]));
  return after.agents.flatMap((budget) => {
    const { agent, workflow, consumed } = budget;
    const was = known.get(windowKey(budget, after));
    return overrunsOf([budget]).flatMap(({ dimension, allocated }): HistoryRecord[] => {
      const excess =
        was === undefined ? 0 : was.consumed[dimension] - (was.allocated[dimension] ?? Number.POSITIVE_INFINITY);
      if (consumed[dimension] - allocated <= Math.max(0, excess)) return [];
      const amounts = {
        allocated: published(dimension, allocated),
        consumed: published(dimension, consumed[dimension]),
      };
      return [{ kind: 'overrun', agent, workflow, dimension: PUBLISHED[dimension].name, ...amounts }];
    });
  });
}

/** The records of a commit, oldest cause first; empty if it changed nothing recorded. */
export function historyRecords(before: State, command: Command, committed: Committed): HistoryRecord[] {
  const { state: after, events, outcome, environment } = committed;
  const { now } = environment;
  const records: HistoryRecord[] = [];
  if (before.leases !== after.leases) {
    const recorded = new Set(
      events.flatMap((event) => (event.kind === 'reclaimed' || event.kind === 'killed' ? [event.lease] : [])),
    );
    records.push(...releasedRecords(before, after, recorded, now));
  }
  records.push(...eventRecords(events, before, now));
  if (before.leases !== after.leases) {
    const known = new Set(before.leases.map(({ id }) => id));
    const entries = new Map(before.queue.map((entry) => [numberOf(entry.ticket), entry]));
    for (const lease of after.leases) {
      if (known.has(lease.id)) continue;
      const isAsked = command.kind === 'request' && outcome.kind === 'granted' && outcome.lease.id === lease.id;
      records.push(granted(lease, entries.get(numberOf(lease.id)), isAsked ? command : null, now));
    }
  }
  if (before.queue !== after.queue) records.push(...queueRecords(before, after, events, now));
  if (outcome.kind === 'denied') {
    const { project, slots, reason } = outcome;
    records.push({ kind: 'denied', project, slots, reason });
  }
  if (outcome.kind === 'max-set')
    records.push({ kind: 'max-set', previous: outcome.previous, max_slots: after.maxSlots });
  records.push(...budgetRecords(command, committed), ...overrunRecords(before.budgets, after.budgets));
  return records;
}
