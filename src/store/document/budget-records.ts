/**
 * Budgets in slots.yaml, one JSON object a line: the total of a workflow or the budget of an agent. Zero, unlimited and
 * default values are left out, so that thousands of lines stay short.
 */
import { parseCost, parseDuration, parseTokens } from '../../core/amounts.ts';
import { isNothing, NOTHING, UNLIMITED } from '../../core/budget/amounts.ts';
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
import {
  BUDGET_PRIORITIES,
  DEFAULT_WORKFLOW,
  DIMENSIONS,
  isBudgetName,
  LEVELS,
  PRESSURES,
} from '../../core/model/budget.ts';
import type { Instant } from '../../core/model/instants.ts';
import { asMap, type RawMap, ShapeError } from '../../core/shape.ts';
import type { Codec } from './codec.ts';
import {
  bigCount,
  checked,
  listed,
  number,
  oneOf,
  openRecord,
  optional,
  parsed,
  record,
  text,
  time,
  usual,
  words,
} from './codec.ts';
import { PROCESS } from './process-record.ts';
import type { RecordList } from './record-list.ts';

export type BudgetRecord = AgentBudget | WorkflowBudget;

const isAgent = (record: BudgetRecord): record is AgentBudget => 'agent' in record;

const NAME = checked(text(), isBudgetName, 'a name like PROJECT/NAME');
const some = usual(bigCount(), 0);
const limit = optional(bigCount());

const ALL_AMOUNTS = record<Amounts>({
  tokens: ['tokens', limit],
  timeMs: ['time_ms', limit],
  costMicroUsd: ['cost_micro_usd', limit],
});
const isUnlimited = (amounts: Amounts): boolean => DIMENSIONS.every((dimension) => amounts[dimension] === null);
const AMOUNTS = usual(ALL_AMOUNTS, UNLIMITED, isUnlimited);

const USAGE_FIELDS = {
  tokens: ['tokens', some],
  timeMs: ['time_ms', some],
  costMicroUsd: ['cost_micro_usd', some],
} as const;
const USAGE = usual(record<Usage>(USAGE_FIELDS), NOTHING, isNothing);

const WINDOW = optional(
  record<Window>({
    per: ['per', parsed(parsePeriod, 'day, week, month or a duration')],
    timeZone: ['zone', checked(text(), isTimeZone, 'a time zone like Europe/Vienna')],
    startedAt: ['started_at', time],
    endsAt: ['ends_at', time],
  }),
);

/** A reservation with its amounts beside its other keys. */
const RESERVATION_FIELDS = record<Omit<Reservation, 'amounts'> & Usage>({
  id: ['id', text()],
  ...USAGE_FIELDS,
  holder: ['holder', optional(PROCESS)],
  until: ['until', time],
});
const RESERVATION: Codec<Reservation> = {
  read(value) {
    const { id, holder, until, ...amounts } = RESERVATION_FIELDS.read(value);
    return { id, amounts, holder, until };
  },
  write: ({ amounts, ...reservation }) => RESERVATION_FIELDS.write({ ...reservation, ...amounts }),
};

const AGENT = openRecord<AgentBudget>({
  agent: ['agent', NAME],
  workflow: ['workflow', usual(NAME, DEFAULT_WORKFLOW)],
  priority: ['priority', usual(oneOf(BUDGET_PRIORITIES), 'normal')],
  allocated: ['allocated', AMOUNTS],
  drawn: ['drawn', USAGE],
  consumed: ['consumed', USAGE],
  borrowed: ['borrowed', USAGE],
  returned: ['returned', USAGE],
  reservations: ['reservations', listed(RESERVATION)],
  settled: ['settled', listed(text())],
  level: ['level', usual(oneOf(LEVELS), 'green')],
  throttleRate: ['throttle', optional(checked(number, (rate) => rate > 0 && rate <= 1, 'a number above 0 up to 1'))],
  stopped: [
    'stopped',
    optional(record<NonNullable<AgentBudget['stopped']>>({ reason: ['reason', text()], at: ['at', time] })),
  ],
  reports: ['reports', some],
  recent: ['recent', USAGE],
  busyMs: ['busy_ms', limit],
  pauseMs: ['pause_ms', some],
  // A budget written by a person may have no beginning.
  allocatedAt: ['allocated_at', { ...time, read: usual(time, 0 as Instant).read }],
  reportedAt: ['reported_at', optional(time)],
  reclaimedAt: ['reclaimed_at', optional(time)],
  progress: ['progress', optional(number)],
  phase: ['phase', optional(words)],
  unknownModels: ['unknown_models', listed(text())],
  window: ['window', WINDOW],
});

/** A workflow with the amounts of its ended agents beside its other keys. */
type Ended = Readonly<Record<'endedAllocated' | 'endedConsumed', Usage>>;
const WORKFLOW_FIELDS = openRecord<Omit<WorkflowBudget, 'ended'> & Ended>({
  workflow: ['workflow', NAME],
  total: ['total', { ...ALL_AMOUNTS, read: AMOUNTS.read }],
  reserve: ['reserve', USAGE],
  endedAllocated: ['ended_allocated', USAGE],
  endedConsumed: ['ended_consumed', USAGE],
  pressure: ['pressure', usual(oneOf(PRESSURES), 'none')],
  window: ['window', WINDOW],
});
const WORKFLOW: Codec<WorkflowBudget> = {
  read(value) {
    const { endedAllocated, endedConsumed, ...workflow } = WORKFLOW_FIELDS.read(value);
    return { ...workflow, ended: { allocated: endedAllocated, consumed: endedConsumed } };
  },
  write: ({ ended, ...workflow }) =>
    WORKFLOW_FIELDS.write({ ...workflow, endedAllocated: ended.allocated, endedConsumed: ended.consumed }),
};

export const BUDGET: Codec<BudgetRecord> = {
  read: (value) => (asMap(value, []).agent === undefined ? WORKFLOW.read(value) : AGENT.read(value)),
  write: (budget) => (isAgent(budget) ? AGENT.write(budget) : WORKFLOW.write(budget)),
};

const BY_NAME = openRecord<Amounts & { readonly extra: RawMap }>({
  tokens: ['tokens', optional(parsed(parseTokens, 'a number of tokens like 50000 or 50k'))],
  timeMs: ['time', optional(parsed(parseDuration, 'a duration like 15m or 2h'))],
  costMicroUsd: ['cost', optional(parsed(parseCost, 'US dollars like 5.00'))],
});

/** Budget in the short form: `consilio/auth: { tokens: 50000, time: 2h, cost: 5.00 }`. */
export function budgetByName(agent: string, value: unknown): BudgetRecord {
  const { extra, ...allocated } = BY_NAME.read(value);
  const [odd] = Object.keys(extra);
  if (odd !== undefined) throw new ShapeError([odd], 'tokens, time, cost', odd);
  return { ...AGENT.read({ agent }), allocated };
}

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

/** The records of these budgets; workflows and agents alternate as in the file. */
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
