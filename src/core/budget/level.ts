/** Shares, colours, and what follows from them. */
import type { Action, AgentBudget, Amounts, Budgets, Level, Usage } from '../model/budget.ts';
import { ACTIONS, DIMENSIONS, LEVELS } from '../model/budget.ts';
import type { BudgetSettings } from '../settings/budget.ts';
import { withAgent } from './books.ts';
import { limitOf, totalsOf } from './totals.ts';

/** The largest share used of any limited dimension, from 0 up; 1 and more is used up. No allowance at all is used up. */
export function shareUsed(consumed: Usage, limit: Amounts): number {
  let share = 0;
  for (const dimension of DIMENSIONS) {
    const most = limit[dimension];
    if (most !== null) share = Math.max(share, most === 0 ? 1 : consumed[dimension] / most);
  }
  return share;
}

export const rankOf = (level: Level): number => LEVELS.indexOf(level);

/** The colour of a share. One that falls leaves a colour only when it is clearly below where that begins. */
export function levelOf(share: number, { thresholds, hysteresis }: BudgetSettings, before: Level): Level {
  const begins = (level: Level): number => (level === 'green' ? 0 : thresholds[level]);
  let level: Level = 'green';
  for (const next of LEVELS) if (share >= begins(next)) level = next;
  if (rankOf(level) >= rankOf(before)) return level;
  let held = before;
  // Nobody is kept from using what is left: black ends with the first token that comes back.
  const ends = (colour: Level): number => begins(colour) - (colour === 'black' ? 0 : hysteresis);
  while (rankOf(held) > rankOf(level) && share < ends(held)) held = LEVELS[rankOf(held) - 1] as Level;
  return held;
}

export const actionOf = (level: Level): Action => ACTIONS[rankOf(level)] as Action;

/**
 * The books with the agent at the level of its share. A change by a person or by the agent itself (`isDeliberate`) starts
 * from green, without hysteresis.
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
