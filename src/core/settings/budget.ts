import type { Level } from '../model/budget.ts';

/** `budget:` of config.yaml. Shares are from 0 to 1. */
export interface BudgetSettings {
  /** Part of a total that is kept for critical agents in a crisis. */
  readonly reserveShare: number;
  /** Part of its fair share that an idle agent keeps in any case. */
  readonly minShare: number;
  /** No agent borrows itself beyond this part of what may be given out. */
  readonly maxShare: number;
  /** Share at which each colour begins. */
  readonly thresholds: Readonly<Record<Exclude<Level, 'green'>, number>>;
  /** A colour is left only so far below where it begins. */
  readonly hysteresis: number;
  /** Pace that an agent is throttled to, as a part of its own. */
  readonly throttleRate: number;
  /** What to give up when degraded: for every agent, or by agent under its key. */
  readonly degradeText: string;
  readonly degradeTexts: ReadonlyMap<string, string>;
  /** What becomes of an agent that `run` started when it is stopped. */
  readonly onStop: 'refuse' | 'kill';
  readonly reservationTtlMs: number;
  readonly idleAfterMs: number;
  /** The monitor moves budgets by itself. */
  readonly autoRebalance: boolean;
}

export const DEFAULT_BUDGET: BudgetSettings = {
  reserveShare: 0.1,
  minShare: 0.05,
  maxShare: 0.5,
  thresholds: { yellow: 0.6, orange: 0.75, red: 0.9, black: 1 },
  hysteresis: 0.05,
  throttleRate: 0.5,
  degradeText: 'use a cheaper model, shorter answers and no new subagents',
  degradeTexts: new Map(),
  onStop: 'refuse',
  reservationTtlMs: 10 * 60_000,
  idleAfterMs: 10 * 60_000,
  autoRebalance: false,
};
