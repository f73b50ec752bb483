/** Share used, colour (level) and action of a budget. */
import type { Action, AgentBudget, Amounts, Budgets, Level, Usage } from '../model/budget.ts';
import { ACTIONS, DIMENSIONS, LEVELS } from '../model/budget.ts';
import type { BudgetSettings } from '../settings/budget.ts';
import { withAgent } from './books.ts';
import { limitOf, totalsOf } from './totals.ts';

/** Largest share used of any limited dimension, 0 or more; 1 and more is used up. The share of a zero limit is 1. */
export function shareUsed(consumed: Usage, limit: Amounts): number {
  let share = 0;
  for (const dimension of DIMENSIONS) {
    const most = limit[dimension];
    if (most !== null) share = Math.max(share, most === 0 ? 1 : consumed[dimension] / most);
  }
  return share;
}

export const rankOf = (level: Level): number => LEVELS.indexOf(level);

/** The colour of a share. A falling share keeps its colour until it is `hysteresis` below the colour's threshold. */
export function levelOf(share: number, { thresholds, hysteresis }: BudgetSettings, before: Level): Level {
  const begins = (level: Level): number => (level === 'green' ? 0 : thresholds[level]);
  let level: Level = 'green';
  for (const next of LEVELS) if (share >= begins(next)) level = next;
  if (rankOf(level) >= rankOf(before)) return level;
  let held = before;
  // Black has no hysteresis: the agent may use the first token that comes back.
  const ends = (colour: Level): number => begins(colour) - (colour === 'black' ? 0 : hysteresis);
  while (rankOf(held) > rankOf(level) && share < ends(held)) held = LEVELS[rankOf(held) - 1] as Level;
  return held;
}

export const actionOf = (level: Level): Action => ACTIONS[rankOf(level)] as Action;

/**
 * Sets the agent's level from its share. A change by a person or by the agent itself (`isDeliberate`) starts from green,
 * without hysteresis.
 */
export function leveled(
  budgets: Budgets,
  agent: AgentBudget,
  settings: BudgetSettings,
  isDeliberate: boolean,
): Budgets {
  const share = shareUsed(agent.consumed, limitOf(agent, totalsOf(budgets, agent.workflow)));
  const level = levelOf(share, settings, isDeliberate ? 'green' : agent.level);
  return level === agent.level ? budgets : withAgent(budgets, agent, { ...agent, level });
}
