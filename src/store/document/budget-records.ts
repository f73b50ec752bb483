/**
 * Budgets as they stand in slots.yaml: one JSON object a line, a workflow's total or an agent's budget. What is nothing,
 * unlimited or as usual is left out, so that thousands of lines stay short.
 */
import { parseCost, parseDuration, parseTokens } from '../../core/amounts.ts';
import { NOTHING } from '../../core/budget/amounts.ts';
import { isTimeZone, parsePeriod } from '../../core/budget/window.ts';
import type {
  AgentBudget,
  Amounts,
  Budgets,
  Reservation,
  Usage,
  Window,
  WorkflowBudget,
} from '../../core/model/budget.ts';
import { BUDGET_PRIORITIES, DEFAULT_WORKFLOW, isBudgetName, LEVELS, PRESSURES } from '../../core/model/budget.ts';
import type { Instant } from '../../core/model/instants.ts';
import type { Path, RawMap } from '../../core/shape.ts';
import {
  asCount,
  asInstantMs,
  asList,
  asMap,
  asNumber,
  asText,
  extraKeys,
  optional,
  ShapeError,
} from '../../core/shape.ts';
import type { RecordList } from './record-list.ts';
import { processRef, refRecord } from './records.ts';

export type BudgetRecord = AgentBudget | WorkflowBudget;

const isAgent = (record: BudgetRecord): record is AgentBudget => 'agent' in record;

const AGENT_KEYS = new Set(
  'agent workflow priority allocated drawn consumed borrowed returned reservations settled level throttle stopped reports recent busy_ms pause_ms allocated_at reported_at reclaimed_at progress phase window'.split(
    ' ',
  ),
);
const WORKFLOW_KEYS = new Set('workflow total reserve ended_allocated ended_consumed pressure window'.split(' '));
const MOST = Number.MAX_SAFE_INTEGER;

function oneOf<T extends string>(known: readonly T[], value: unknown, path: Path): T {
  const found = known.find((name) => name === value);
  if (found === undefined) throw new ShapeError(path, known.join(', '), value);
  return found;
}

function name(value: unknown, path: Path): string {
  const text = asText(value, path);
  if (!isBudgetName(text)) throw new ShapeError(path, 'a name like PROJECT/NAME', value);
  return text;
}

function usage(value: unknown, path: Path): Usage {
  if (value === undefined || value === null) return NOTHING;
  const { tokens, timeMs, costMicroUsd } = amounts(value, path);
  return { tokens: tokens ?? 0, timeMs: timeMs ?? 0, costMicroUsd: costMicroUsd ?? 0 };
}

function amounts(value: unknown, path: Path): Amounts {
  const map: RawMap = value === undefined || value === null ? {} : asMap(value, path);
  const count = (key: string): number | null => optional(map[key], (item) => asCount(item, [...path, key], 0, MOST));
  return { tokens: count('tokens'), timeMs: count('time_ms'), costMicroUsd: count('cost_micro_usd') };
}

function windowOf(value: unknown, path: Path): Window {
  const map = asMap(value, path);
  const per = parsePeriod(asText(map.per, [...path, 'per']));
  if (per === null) throw new ShapeError([...path, 'per'], 'day, week, month or a duration', map.per);
  const timeZone = asText(map.zone, [...path, 'zone']);
  if (!isTimeZone(timeZone)) throw new ShapeError([...path, 'zone'], 'a time zone like Europe/Vienna', map.zone);
  const at = (key: string): Instant => asInstantMs(map[key], [...path, key]) as Instant;
  return { per, timeZone, startedAt: at('started_at'), endsAt: at('ends_at') };
}

function reservation(value: unknown, path: Path): Reservation {
  const map = asMap(value, path);
  return {
    id: asText(map.id, [...path, 'id']),
    amounts: usage(map, path),
    holder: optional(map.holder, (ref) => processRef(ref, [...path, 'holder'])),
    until: asInstantMs(map.until, [...path, 'until']) as Instant,
  };
}

function agentFrom(map: RawMap, path: Path): AgentBudget {
  const at = (key: string): Path => [...path, key];
  const instant = (key: string): Instant | null => optional(map[key], (time) => asInstantMs(time, at(key)) as Instant);
  const count = (key: string): number => optional(map[key], (item) => asCount(item, at(key), 0, MOST)) ?? 0;
  return {
    agent: name(map.agent, at('agent')),
    workflow: optional(map.workflow, (text) => name(text, at('workflow'))) ?? DEFAULT_WORKFLOW,
    priority: optional(map.priority, (text) => oneOf(BUDGET_PRIORITIES, text, at('priority'))) ?? 'normal',
    allocated: amounts(map.allocated, at('allocated')),
    drawn: usage(map.drawn, at('drawn')),
    consumed: usage(map.consumed, at('consumed')),
    borrowed: usage(map.borrowed, at('borrowed')),
    returned: usage(map.returned, at('returned')),
    reservations: asList(map.reservations, at('reservations')).map((item, n) =>
      reservation(item, [...at('reservations'), n]),
    ),
    settled: asList(map.settled, at('settled')).map((item, n) => asText(item, [...at('settled'), n])),
    level: optional(map.level, (text) => oneOf(LEVELS, text, at('level'))) ?? 'green',
    throttleRate: optional(map.throttle, (rate) => {
      const number = asNumber(rate, at('throttle'));
      if (number <= 0 || number > 1) throw new ShapeError(at('throttle'), 'a number above 0 up to 1', rate);
      return number;
    }),
    stopped: optional(map.stopped, (value) => {
      const stopped = asMap(value, at('stopped'));
      return {
        reason: asText(stopped.reason, [...at('stopped'), 'reason']),
        at: asInstantMs(stopped.at, [...at('stopped'), 'at']) as Instant,
      };
    }),
    reports: count('reports'),
    recent: usage(map.recent, at('recent')),
    busyMs: optional(map.busy_ms, (ms) => asCount(ms, at('busy_ms'), 0, MOST)),
    pauseMs: count('pause_ms'),
    // Written by hand: it has stood there for ever.
    allocatedAt: instant('allocated_at') ?? (0 as Instant),
    reportedAt: instant('reported_at'),
    reclaimedAt: instant('reclaimed_at'),
    progress: optional(map.progress, (progress) => asNumber(progress, at('progress'))),
    phase: optional(map.phase, (phase) => String(phase)),
    window: optional(map.window, (value) => windowOf(value, at('window'))),
    extra: extraKeys(map, AGENT_KEYS),
  };
}

function workflowFrom(map: RawMap, path: Path): WorkflowBudget {
  const at = (key: string): Path => [...path, key];
  return {
    workflow: name(map.workflow, at('workflow')),
    total: amounts(map.total, at('total')),
    reserve: usage(map.reserve, at('reserve')),
    ended: {
      allocated: usage(map.ended_allocated, at('ended_allocated')),
      consumed: usage(map.ended_consumed, at('ended_consumed')),
    },
    pressure: optional(map.pressure, (text) => oneOf(PRESSURES, text, at('pressure'))) ?? 'none',
    window: optional(map.window, (value) => windowOf(value, at('window'))),
    extra: extraKeys(map, WORKFLOW_KEYS),
  };
}

export function budgetFromRecord(value: unknown, path: Path): BudgetRecord {
  const map = asMap(value, path);
  return map.agent === undefined ? workflowFrom(map, path) : agentFrom(map, path);
}

const BY_NAME_KEYS = ['tokens', 'time', 'cost'];

/** `consilio/auth: { tokens: 50000, time: 2h, cost: 5.00 }`, as people write it. */
export function budgetByName(agent: string, value: unknown, path: Path): BudgetRecord {
  const map = asMap(value, path);
  for (const key of Object.keys(map))
    if (!BY_NAME_KEYS.includes(key)) throw new ShapeError([...path, key], BY_NAME_KEYS.join(', '), key);
  const read = (key: string, parse: (text: string) => number | null, expected: string): number | null =>
    optional(map[key], (item) => {
      const amount = parse(String(item));
      if (amount === null) throw new ShapeError([...path, key], expected, item);
      return amount;
    });
  const allocated = {
    tokens: read('tokens', parseTokens, 'a number of tokens like 50000 or 50k'),
    time_ms: read('time', parseDuration, 'a duration like 15m or 2h'),
    cost_micro_usd: read('cost', parseCost, 'US dollars like 5.00'),
  };
  return agentFrom({ agent, allocated }, path);
}

const iso = (at: Instant): string => new Date(at).toISOString();

/** Null when there is nothing to say. */
function amountsRecord({ tokens, timeMs, costMicroUsd }: Amounts, isUsage: boolean): object | null {
  const said = (value: number | null): value is number => value !== null && !(isUsage && value === 0);
  const record = {
    ...(said(tokens) ? { tokens } : {}),
    ...(said(timeMs) ? { time_ms: timeMs } : {}),
    ...(said(costMicroUsd) ? { cost_micro_usd: costMicroUsd } : {}),
  };
  return Object.keys(record).length === 0 ? null : record;
}

const amountsPart = (key: string, value: Amounts, isUsage = true): object => {
  const record = amountsRecord(value, isUsage);
  return record === null ? {} : { [key]: record };
};

const windowRecord = ({ per, timeZone, startedAt, endsAt }: Window): object => ({
  per,
  zone: timeZone,
  started_at: iso(startedAt),
  ends_at: iso(endsAt),
});

function agentLine(agent: AgentBudget): string {
  const { reservations, settled, stopped, window } = agent;
  return JSON.stringify({
    agent: agent.agent,
    ...(agent.workflow === DEFAULT_WORKFLOW ? {} : { workflow: agent.workflow }),
    ...(agent.priority === 'normal' ? {} : { priority: agent.priority }),
    ...amountsPart('allocated', agent.allocated, false),
    ...amountsPart('drawn', agent.drawn),
    ...amountsPart('consumed', agent.consumed),
    ...amountsPart('borrowed', agent.borrowed),
    ...amountsPart('returned', agent.returned),
    ...(reservations.length === 0
      ? {}
      : {
          reservations: reservations.map(({ id, amounts: held, holder, until }) => ({
            id,
            ...amountsRecord(held, true),
            ...(holder === null ? {} : { holder: refRecord(holder) }),
            until: iso(until),
          })),
        }),
    ...(settled.length === 0 ? {} : { settled }),
    ...(agent.level === 'green' ? {} : { level: agent.level }),
    ...(agent.throttleRate === null ? {} : { throttle: agent.throttleRate }),
    ...(stopped === null ? {} : { stopped: { reason: stopped.reason, at: iso(stopped.at) } }),
    ...(agent.reports === 0 ? {} : { reports: agent.reports }),
    ...amountsPart('recent', agent.recent),
    ...(agent.busyMs === null ? {} : { busy_ms: agent.busyMs }),
    ...(agent.pauseMs === 0 ? {} : { pause_ms: agent.pauseMs }),
    allocated_at: iso(agent.allocatedAt),
    ...(agent.reportedAt === null ? {} : { reported_at: iso(agent.reportedAt) }),
    ...(agent.reclaimedAt === null ? {} : { reclaimed_at: iso(agent.reclaimedAt) }),
    ...(agent.progress === null ? {} : { progress: agent.progress }),
    ...(agent.phase === null ? {} : { phase: agent.phase }),
    ...(window === null ? {} : { window: windowRecord(window) }),
    ...agent.extra,
  });
}

function workflowLine({ workflow, total, reserve, ended, pressure, window, extra }: WorkflowBudget): string {
  return JSON.stringify({
    workflow,
    total: amountsRecord(total, false) ?? {},
    ...amountsPart('reserve', reserve),
    ...amountsPart('ended_allocated', ended.allocated),
    ...amountsPart('ended_consumed', ended.consumed),
    ...(pressure === 'none' ? {} : { pressure }),
    ...(window === null ? {} : { window: windowRecord(window) }),
    ...extra,
  });
}

export const budgetLine = (record: BudgetRecord): string =>
  isAgent(record) ? agentLine(record) : workflowLine(record);

export const budgetId = (record: BudgetRecord): string =>
  isAgent(record) ? `a ${record.agent.toLowerCase()}` : `w ${record.workflow.toLowerCase()}`;

export function budgetsIn(records: readonly BudgetRecord[]): Budgets {
  const workflows: WorkflowBudget[] = [];
  const agents: AgentBudget[] = [];
  for (const record of records) {
    if (isAgent(record)) agents.push(record);
    else workflows.push(record);
  }
  return { workflows, agents };
}

/** The records of these budgets in the order in which the file has them, as far as it does. */
export function recordsOfBudgets({ workflows, agents }: Budgets, { lines }: RecordList<BudgetRecord>): BudgetRecord[] {
  const records: BudgetRecord[] = [];
  let atWorkflow = 0;
  let atAgent = 0;
  for (const { record } of lines) {
    if (record === null) continue;
    const next = isAgent(record) ? agents[atAgent++] : workflows[atWorkflow++];
    if (next !== undefined) records.push(next);
  }
  return [...records, ...workflows.slice(atWorkflow), ...agents.slice(atAgent)];
}
