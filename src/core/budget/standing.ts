/** Standing of an agent: colour, action, remaining budget and reason, computed from the state alone. */
import type { Action, AgentBudget, Amounts, Budgets, Level, Usage } from '../model/budget.ts';
import { ACTIONS } from '../model/budget.ts';
import { type BudgetSettings, degradeTextOf } from '../settings/budget.ts';
import { each } from './amounts.ts';
import { actionOf, levelOf, shareUsed } from './level.ts';
import { pauseFor } from './pace.ts';
import { limitOf, pressureOf, reservedOf, type Totals, totalsOf } from './totals.ts';

/** Reason for the action. */
export type StandingReason =
  | { readonly code: 'share'; readonly level: Level }
  | { readonly code: 'stopped-by-hand'; readonly text: string }
  | { readonly code: 'throttled-by-hand'; readonly rate: number }
  | { readonly code: 'pool-low' | 'pool-short' | 'pool-gone'; readonly workflow: string };

export interface Standing {
  readonly level: Level;
  readonly action: Action;
  /** Largest share used of any limited dimension, 0 or more. */
  readonly share: number;
  /** Advised pause before the next step in milliseconds; 0 unless throttled. */
  readonly pauseMs: number;
  /** Amounts that may still be spent or reserved; null is unlimited. */
  readonly remaining: Amounts;
  readonly reserved: Usage;
  /** Instruction for a degraded agent; null otherwise. */
  readonly degrade: string | null;
  /** Null while the action is `continue`. */
  readonly reason: StandingReason | null;
}

const rank = (action: Action): number => ACTIONS.indexOf(action);

/** The agent's standing, with totals computed from these budgets. */
export const standingIn = (budgets: Budgets, agent: AgentBudget, settings: BudgetSettings): Standing =>
  standingOf(agent, totalsOf(budgets, agent.workflow), settings);

/** The agent's standing: the strictest of its level, its workflow's pressure and the orders of a person. */
export function standingOf(agent: AgentBudget, totals: Totals, settings: BudgetSettings): Standing {
  const limit = limitOf(agent, totals);
  const reserved = reservedOf(agent);
  const share = shareUsed(agent.consumed, limit);
  const level = levelOf(share, settings, agent.level);

  let action = actionOf(level);
  let reason: StandingReason | null = level === 'green' ? null : { code: 'share', level };
  const escalate = (next: Action, cause: StandingReason): void => {
    if (rank(next) <= rank(action)) return;
    action = next;
    reason = cause;
  };
  const { workflow } = totals.workflow;
  const pressure = pressureOf(totals);
  if (agent.throttleRate !== null) escalate('throttle', { code: 'throttled-by-hand', rate: agent.throttleRate });
  if (pressure === 'low') escalate('throttle', { code: 'pool-low', workflow });
  if (pressure === 'short') escalate('degrade', { code: 'pool-short', workflow });
  if (pressure === 'gone')
    escalate(agent.priority === 'critical' ? 'degrade' : 'stop', { code: 'pool-gone', workflow });
  if (agent.stopped !== null) escalate('stop', { code: 'stopped-by-hand', text: agent.stopped.reason });

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
    degrade: action === 'degrade' ? degradeTextOf(settings, agent.agent) : null,
    reason,
  };
}
