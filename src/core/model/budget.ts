import type { Instant } from './instants.ts';
import type { ProcessRef } from './process-ref.ts';

/** What is budgeted, each in whole units: tokens, milliseconds, micro-dollars. */
export const DIMENSIONS = ['tokens', 'timeMs', 'costMicroUsd'] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** So much of each dimension. */
export type Usage = Readonly<Record<Dimension, number>>;
/** A limit for each dimension; null is unlimited. */
export type Amounts = Readonly<Record<Dimension, number | null>>;

/** Who comes first when the pool is short, first to last. */
export const BUDGET_PRIORITIES = ['critical', 'high', 'normal', 'low'] as const;
export type BudgetPriority = (typeof BUDGET_PRIORITIES)[number];

/** How much of its largest share an agent has used, from nothing worth saying to everything. */
export const LEVELS = ['green', 'yellow', 'orange', 'red', 'black'] as const;
export type Level = (typeof LEVELS)[number];

/** An agent has to do this; each level demands the action at its own place. */
export const ACTIONS = ['continue', 'warn', 'throttle', 'degrade', 'stop'] as const;
export type Action = (typeof ACTIONS)[number];

/** How far the consumption of a whole workflow has gone. */
export const PRESSURES = ['none', 'low', 'short', 'gone'] as const;
export type Pressure = (typeof PRESSURES)[number];

/** `day`, `week`, `month` or a duration of at least one minute, as `parsePeriod` returns it. */
export type Period = string;

/** The time from `startedAt` (inclusive) to `endsAt` (exclusive), after which consumption begins at zero again. */
export interface Window {
  readonly per: Period;
  readonly timeZone: string;
  readonly startedAt: Instant;
  readonly endsAt: Instant;
}

/** Spend that was admitted and has not been reported yet. It ends with its report, its holder or its time. */
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
 * | active | a share passes a mark | yellow, orange, red, black: warned, throttled, degraded, stopped |
 * | black | more is allocated, its window renews | active, at the level of its share |
 * | any | `stop` | stopped by hand, until `resume` |
 * | any | `release` | gone; what it used stays with its workflow, the rest goes back to the pool |
 */
export interface AgentBudget {
  readonly agent: string;
  readonly workflow: string;
  readonly priority: BudgetPriority;
  readonly allocated: Amounts;
  /** What it has taken from a limited pool in dimensions in which it has no limit of its own. */
  readonly drawn: Usage;
  readonly consumed: Usage;
  /** What of `allocated` was borrowed from the pool. */
  readonly borrowed: Usage;
  /** What went back to the pool when another dimension was used up; it comes back with more of that one. */
  readonly returned: Usage;
  readonly reservations: readonly Reservation[];
  /** Digests of the ids of its latest reports, so that none counts twice. */
  readonly settled: readonly string[];
  readonly level: Level;
  /** Share of its own pace that it may keep, set by hand; null: none was set. */
  readonly throttleRate: number | null;
  readonly stopped: { readonly reason: string; readonly at: Instant } | null;
  readonly reports: number;
  /** What one report has lately been about. */
  readonly recent: Usage;
  /** How long it lately worked between two reports, pauses left out, in milliseconds. */
  readonly busyMs: number | null;
  /** The pause it was last told to make, in milliseconds. */
  readonly pauseMs: number;
  readonly allocatedAt: Instant;
  readonly reportedAt: Instant | null;
  /** When idle budget was last taken from it. */
  readonly reclaimedAt: Instant | null;
  /** 0 to 100. */
  readonly progress: number | null;
  readonly phase: string | null;
  readonly window: Window | null;
  readonly extra: Readonly<Record<string, unknown>>;
}

/** What the agents of a workflow share. `allocations + pool + reserve = total` in every dimension that is limited. */
export interface WorkflowBudget {
  readonly workflow: string;
  readonly total: Amounts;
  /** Kept back for critical agents in a crisis; 0 where the total is unlimited. */
  readonly reserve: Usage;
  /** What agents that were released had used: it stays allocated. */
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
/** Why an agent was stopped, where no reason is given or none may be believed. */
export const STOPPED_BY_HAND = 'stopped by hand';

/** Names are shown as typed and compared case-insensitively. */
export const budgetKey = (name: string): string => name.toLowerCase();

const NAME = /^[A-Za-z0-9_][A-Za-z0-9._@:+-]{0,63}(?:\/[A-Za-z0-9_][A-Za-z0-9._@:+-]{0,63})?$/;

/** `PROJECT/NAME`, or a bare name. */
export const isBudgetName = (text: string): boolean => NAME.test(text) && !text.includes('__proto__');
