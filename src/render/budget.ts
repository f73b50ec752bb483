/** Screens of budgets. */
import type { AgentStanding, GlobalView } from '../core/budget/overview.ts';
import type { Move } from '../core/budget/rebalance.ts';
import type { Standing, StandingReason } from '../core/budget/standing.ts';
import { type Amounts, budgetKey, DIMENSIONS, type Level, type Usage } from '../core/model/budget.ts';
import type { Styles } from '../ports/styles.ts';
import { amountText, limitsText, usageText } from './text/amounts.ts';
import { mark } from './text/styles.ts';
import { table } from './text/table.ts';

export function standingReasonText(reason: StandingReason | null, { share, level }: Standing): string | null {
  if (reason === null) return null;
  switch (reason.code) {
    case 'share':
      return level === 'black' ? 'its budget is used up' : `${Math.floor(share * 100)}% of its budget is used`;
    case 'stopped-by-hand':
      return `stopped: ${reason.text}`;
    case 'throttled-by-hand':
      return `throttled to ${Math.round(reason.rate * 100)}% of its pace`;
    case 'pool-low':
      return `workflow ${reason.workflow} has used more than 90% of its budget`;
    case 'pool-short':
      return `workflow ${reason.workflow} has used more than 95% of its budget`;
    case 'pool-gone':
      return `workflow ${reason.workflow} has used up its budget`;
  }
}

export const LIGHTS = { green: '🟢', yellow: '🟡', orange: '🟠', red: '🔴', black: '⚫' } as const;

/** The style of a text about a budget of this colour. */
export const paintOfLevel = (level: Level, styles: Styles) =>
  level === 'green' ? styles.good : level === 'yellow' || level === 'orange' ? styles.warn : styles.bad;

/** Colour, action and rest of one agent; the reason, the pause and the degrade text in lines below. */
export function standingText({ agent, standing }: AgentStanding, styles: Styles): string {
  const { level, action, share, pauseMs, remaining, degrade } = standing;
  const limited = DIMENSIONS.filter((dimension) => remaining[dimension] !== null);
  const left =
    limited.length === 0
      ? 'no limit'
      : `${limited.map((dimension) => amountText(dimension, remaining[dimension] as number)).join(', ')} left`;
  const lines = [
    `${mark(styles, LIGHTS[level], '')}${agent.agent}: ${paintOfLevel(level, styles)(level)}, ${action} (${Math.floor(share * 100)}% used, ${left})`,
  ];
  const reason = standingReasonText(standing.reason, standing);
  if (reason !== null) lines.push(`   ${reason}`);
  if (pauseMs > 0) lines.push(`   pause ${pauseMs / 1000}s before the next call`);
  if (degrade !== null) lines.push(`   ${degrade}`);
  return lines.join('\n');
}

const usedOf = (consumed: Usage, limit: Amounts): string =>
  DIMENSIONS.filter((dimension) => consumed[dimension] > 0 || limit[dimension] !== null)
    .map(
      (dimension) =>
        `${amountText(dimension, consumed[dimension])}${limit[dimension] === null ? '' : ` of ${amountText(dimension, limit[dimension] as number)}`}`,
    )
    .join(', ') || 'nothing used';

export function globalText({ workflows, agents }: GlobalView, styles: Styles): string {
  if (workflows.length === 0) return 'No budgets yet. Start with: resource-manager budget total --tokens 1M';
  const lines = workflows.flatMap(({ workflow, allocated, consumed, pool }) => [
    `${mark(styles, '💰', '')}${styles.bold(`Workflow ${workflow.workflow}`)}: ${limitsText(workflow.total)}`,
    `   used ${usageText(consumed)}; allocated ${usageText(allocated)}; pool ${limitsText(pool)}; reserve ${usageText(workflow.reserve)}`,
    ...table(
      ['   Agent', 'Action', 'Used', 'Of'],
      agents
        .filter(({ agent }) => budgetKey(agent.workflow) === budgetKey(workflow.workflow))
        .map(({ agent, standing }) => [
          `   ${agent.agent}`,
          `${standing.level}, ${standing.action}`,
          `${Math.floor(standing.share * 100)}%`,
          usedOf(agent.consumed, agent.allocated),
        ]),
      styles,
    ),
  ]);
  return lines.join('\n');
}

export const movesText = (moves: readonly Move[], isDryRun: boolean): string =>
  moves.length === 0
    ? 'Nothing to move.'
    : moves
        .map(
          ({ agent, kind, amounts, reason }) =>
            `${isDryRun ? 'would move' : 'moved'} ${usageText(amounts)} ${kind === 'reclaim' ? 'from' : 'to'} ${agent}: ${reason}`,
        )
        .join('\n');
