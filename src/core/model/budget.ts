import type { Instant } from './instants.ts';
import type { ProcessRef } from './process-ref.ts';

/** Budgeted dimensions, in whole units: tokens, milliseconds, micro-dollars. */
export const DIMENSIONS = ['tokens', 'timeMs', 'costMicroUsd'] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** An amount of each dimension. */
export type Usage = Readonly<Record<Dimension, number>>;
/** A limit for each dimension; null means unlimited. */
export type Amounts = Readonly<Record<Dimension, number | null>>;

/** Priorities for a pool that runs short, highest first. */
export const BUDGET_PRIORITIES = ['critical', 'high', 'normal', 'low'] as const;
export type BudgetPriority = (typeof BUDGET_PRIORITIES)[number];

/** Levels of the largest used share of any dimension, from least to most. */
export const LEVELS = ['green', 'yellow', 'orange', 'red', 'black'] as const;
export type Level = (typeof LEVELS)[number];

/** Action demanded of an agent, in the order of the levels. */
export const ACTIONS = ['continue', 'warn', 'throttle', 'degrade', 'stop'] as const;
export type Action = (typeof ACTIONS)[number];

/** Shortage of a whole workflow's pool. */
export const PRESSURES = ['none', 'low', 'short', 'gone'] as const;
export type Pressure = (typeof PRESSURES)[number];

/** `day`, `week`, `month`, or a duration of at least one minute, as `parsePeriod` returns it. */
export type Period = string;

/** The time from `startedAt` (inclusive) to `endsAt` (exclusive), after which consumption begins at zero again. */
export interface Window {
  readonly per: Period;
  readonly timeZone: string;
  readonly startedAt: Instant;
  readonly endsAt: Instant;
}

/** Admitted spend that is not reported yet. It ends with its report, the death of its holder, or its time limit. */
export interface Reservation {
  readonly id: string;
  readonly amounts: Usage;
  readonly holder: ProcessRef | null;
  readonly until: Instant;
}

/**
 * The budget of one agent.
 *
 * | from | event | to |
 * |---|---|---|
 * | (none) | allocate, from-pool, first report of a known agent | active |
 * | active | a share passes a threshold | yellow, orange, red, black: warned, throttled, degraded, stopped |
 * | black | more is allocated, its window renews | active, at the level of its share |
 * | any | `stop` | stopped by hand, until `resume` |
 * | any | `release` | gone; what it used stays with its workflow, the rest goes back to the pool |
 */
export interface AgentBudget {
  readonly agent: string;
  readonly workflow: string;
  readonly priority: BudgetPriority;
  readonly allocated: Amounts;
  /** Amounts taken from a limited pool, in dimensions without an allocation. */
  readonly drawn: Usage;
  readonly consumed: Usage;
  /** Borrowed part of `allocated`. */
  readonly borrowed: Usage;
  /** Amounts returned to the pool when another dimension was used up; they come back with more of that dimension. */
  readonly returned: Usage;
  readonly reservations: readonly Reservation[];
  /** Digests of the ids of its latest reports; a repeated id does not count again. */
  readonly settled: readonly string[];
  readonly level: Level;
  /** Share of its pace that `throttle` allows; null without a throttle. */
  readonly throttleRate: number | null;
  readonly stopped: { readonly reason: string; readonly at: Instant } | null;
  readonly reports: number;
  /** Moving average of one report. */
  readonly recent: Usage;
  /** Moving average of the working time between two reports, without pauses, in milliseconds. */
  readonly busyMs: number | null;
  /** Last pause demanded of it, in milliseconds. */
  readonly pauseMs: number;
  readonly allocatedAt: Instant;
  readonly reportedAt: Instant | null;
  /** Last time that idle budget was taken from it. */
  readonly reclaimedAt: Instant | null;
  /** Percent, 0 to 100. */
  readonly progress: number | null;
  readonly phase: string | null;
  readonly window: Window | null;
  /** Models of its counted usage that have no known price, so that its cost is partly estimated. */
  readonly unknownModels: readonly string[];
  readonly extra: Readonly<Record<string, unknown>>;
}

/** Shared budget of a workflow. `allocations + pool + reserve = total` in every limited dimension. */
export interface WorkflowBudget {
  readonly workflow: string;
  readonly total: Amounts;
  /** Kept for critical agents when the pool is empty; 0 where the total is unlimited. */
  readonly reserve: Usage;
  /** Consumption of released agents; it stays allocated. */
  readonly ended: { readonly allocated: Usage; readonly consumed: Usage };
  readonly pressure: Pressure;
  readonly window: Window | null;
  readonly extra: Readonly<Record<string, unknown>>;
}

export interface Budgets {
  readonly workflows: readonly WorkflowBudget[];
  readonly agents: readonly AgentBudget[];
}

export const NO_BUDGETS: Budgets = { workflows: [], agents: [] };
export const DEFAULT_WORKFLOW = 'default';
/** Reason shown for a stopped agent when none is given, or when the given one is not trusted. */
export const STOPPED_BY_HAND = 'stopped by hand';

/** Names are shown as typed and compared case-insensitively. */
export const budgetKey = (name: string): string => name.toLowerCase();

const NAME = /^[A-Za-z0-9_][A-Za-z0-9._@:+-]{0,63}(?:\/[A-Za-z0-9_][A-Za-z0-9._@:+-]{0,63})?$/;

/** `PROJECT/NAME`, or a bare name. */
export const isBudgetName = (text: string): boolean => NAME.test(text) && !text.includes('__proto__');
