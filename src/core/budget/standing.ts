/** Where an agent stands: colour, action, what is left, and why. Read from the state alone, by whoever asks. */
import type { Action, AgentBudget, Amounts, Budgets, Level, Usage } from '../model/budget.ts';
import { ACTIONS, budgetKey } from '../model/budget.ts';
import type { BudgetSettings } from '../settings/budget.ts';
import { each } from './amounts.ts';
import { actionOf, levelOf, shareUsed } from './level.ts';
import { pauseFor } from './pace.ts';
import type { Totals } from './totals.ts';
import { limitOf, pressureOf, reservedOf, totalsOf } from './totals.ts';

/** Why the action is what it is. */
export type StandingReason =
  | { readonly code: 'share'; readonly level: Level }
  | { readonly code: 'stopped-by-hand'; readonly text: string }
  | { readonly code: 'throttled-by-hand'; readonly rate: number }
  | { readonly code: 'pool-low' | 'pool-short' | 'pool-gone'; readonly workflow: string };

export interface Standing {
  readonly level: Level;
  readonly action: Action;
  /** Largest share used, from 0 up. */
  readonly share: number;
  /** How long to pause before going on, in milliseconds; 0 unless throttled. */
  readonly pauseMs: number;
  /** What may still be spent or reserved; null is unlimited. */
  readonly remaining: Amounts;
  readonly reserved: Usage;
  /** What to give up, when degraded. */
  readonly degrade: string | null;
  /** Null while nothing is wrong. */
  readonly reason: StandingReason | null;
}

const rank = (action: Action): number => ACTIONS.indexOf(action);

/** Where it stands by these books. */
export const standingIn = (budgets: Budgets, agent: AgentBudget, settings: BudgetSettings): Standing =>
  standingOf(agent, totalsOf(budgets, agent.workflow), settings);

export function standingOf(agent: AgentBudget, totals: Totals, settings: BudgetSettings): Standing {
  const limit = limitOf(agent, totals);
  const reserved = reservedOf(agent);
  const share = shareUsed(agent.consumed, limit);
  const level = levelOf(share, settings, agent.level);

  let action = actionOf(level);
  let reason: StandingReason | null = level === 'green' ? null : { code: 'share', level };
  const demand = (wanted: Action, why: StandingReason): void => {
    if (rank(wanted) <= rank(action)) return;
    action = wanted;
    reason = why;
  };
  const { workflow } = totals.workflow;
  const pressure = pressureOf(totals);
  if (agent.throttleRate !== null) demand('throttle', { code: 'throttled-by-hand', rate: agent.throttleRate });
  if (pressure === 'low') demand('throttle', { code: 'pool-low', workflow });
  if (pressure === 'short') demand('degrade', { code: 'pool-short', workflow });
  if (pressure === 'gone') demand(agent.priority === 'critical' ? 'degrade' : 'stop', { code: 'pool-gone', workflow });
  if (agent.stopped !== null) demand('stop', { code: 'stopped-by-hand', text: agent.stopped.reason });

  const rate = Math.min(
    agent.throttleRate ?? 1,
    action === 'throttle' && agent.throttleRate === null ? settings.throttleRate : 1,
  );
  return {
    level,
    action,
    share,
    pauseMs: action === 'throttle' ? pauseFor(agent.busyMs, agent.recent.timeMs, rate) : 0,
    remaining: each((dimension) => {
      const most = limit[dimension];
      return most === null ? null : Math.max(0, most - agent.consumed[dimension] - reserved[dimension]);
    }),
    reserved,
    degrade: action === 'degrade' ? (settings.degradeTexts.get(budgetKey(agent.agent)) ?? settings.degradeText) : null,
    reason,
  };
}
