/** Budgets as answers: JSON in the published units, and lines for people. */

import { NOTHING } from '../core/budget/amounts.ts';
import type { Move } from '../core/budget/rebalance.ts';
import type { Standing, StandingReason } from '../core/budget/standing.ts';
import { standingOf } from '../core/budget/standing.ts';
import type { Totals } from '../core/budget/totals.ts';
import { totalsOf } from '../core/budget/totals.ts';
import type { AgentBudget, Amounts, Budgets, Usage } from '../core/model/budget.ts';
import { budgetKey, DIMENSIONS } from '../core/model/budget.ts';
import type { BudgetSettings } from '../core/settings/budget.ts';
import type { Styles } from '../ports/context.ts';
import type { AmountsJson } from './json/json-values.ts';
import { amountsJson, iso, round } from './json/json-values.ts';
import { amountsText, amountText } from './text/amounts.ts';
import { mark } from './text/styles.ts';
import { table } from './text/table.ts';

export function reasonText(reason: StandingReason | null, { share, level }: Standing): string | null {
  if (reason === null) return null;
  switch (reason.code) {
    case 'share':
      return level === 'black' ? 'its budget is used up' : `${Math.floor(share * 100)} % of its budget is used`;
    case 'stopped-by-hand':
      return `stopped: ${reason.text}`;
    case 'throttled-by-hand':
      return `throttled to ${Math.round(reason.rate * 100)} % of its pace`;
    case 'pool-low':
      return `workflow ${reason.workflow} has used more than 90 % of its budget`;
    case 'pool-short':
      return `workflow ${reason.workflow} has used more than 95 % of its budget`;
    case 'pool-gone':
      return `workflow ${reason.workflow} has used up its budget`;
  }
}

export interface CheckJson {
  readonly schema_version: 1;
  readonly agent: string;
  readonly status: string;
  readonly action: string;
  readonly percentage: number;
  readonly pause_seconds: number;
  readonly remaining: AmountsJson;
  readonly reason: string | null;
  readonly degrade: string | null;
}

export const checkJson = (agent: AgentBudget, standing: Standing): CheckJson => ({
  schema_version: 1,
  agent: agent.agent,
  status: standing.level,
  action: standing.action,
  percentage: round(standing.share),
  pause_seconds: standing.pauseMs / 1000,
  remaining: amountsJson(standing.remaining),
  reason: reasonText(standing.reason, standing),
  degrade: standing.degrade,
});

export interface AgentBudgetJson {
  readonly agent: string;
  readonly workflow: string;
  readonly priority: string;
  readonly allocated: AmountsJson;
  readonly consumed: AmountsJson;
  readonly reserved: AmountsJson;
  readonly remaining: AmountsJson;
  readonly percentage: number;
  readonly status: string;
  readonly action: string;
  readonly borrowed: AmountsJson;
  readonly renews_at: string | null;
  readonly progress: number | null;
  readonly phase: string | null;
}

export const agentBudgetJson = (agent: AgentBudget, standing: Standing): AgentBudgetJson => ({
  agent: agent.agent,
  workflow: agent.workflow,
  priority: agent.priority,
  allocated: amountsJson(agent.allocated),
  consumed: amountsJson(agent.consumed),
  reserved: amountsJson(standing.reserved),
  remaining: amountsJson(standing.remaining),
  percentage: round(standing.share),
  status: standing.level,
  action: standing.action,
  borrowed: amountsJson(agent.borrowed),
  renews_at: iso(agent.window?.endsAt ?? null),
  progress: agent.progress,
  phase: agent.phase,
});

export interface GlobalBudgetJson {
  readonly schema_version: 1;
  readonly total: AmountsJson;
  readonly reserve: AmountsJson;
  readonly pool: AmountsJson;
  readonly allocated: AmountsJson;
  readonly consumed: AmountsJson;
  readonly agent_count: number;
  readonly agents: readonly AgentBudgetJson[];
  readonly workflows: readonly string[];
}

interface Seen {
  readonly agent: AgentBudget;
  readonly standing: Standing;
}

export interface GlobalView {
  readonly workflows: readonly Totals[];
  readonly agents: readonly Seen[];
}

/** One workflow, or all of them. */
export function globalView(budgets: Budgets, settings: BudgetSettings, only: string | null): GlobalView {
  const names = new Map<string, string>();
  for (const { workflow } of [...budgets.workflows, ...budgets.agents]) {
    const key = budgetKey(workflow);
    if (!names.has(key) && (only === null || key === budgetKey(only))) names.set(key, workflow);
  }
  const totals = new Map([...names].map(([key, name]) => [key, totalsOf(budgets, name)]));
  const agents = budgets.agents.flatMap((agent) => {
    const own = totals.get(budgetKey(agent.workflow));
    return own === undefined ? [] : [{ agent, standing: standingOf(agent, own, settings) }];
  });
  return { workflows: [...totals.values()], agents };
}

/** Sums over workflows; one that is unlimited makes the sum unlimited. */
function sum(workflows: readonly Totals[], amountsOf: (totals: Totals) => Amounts): Amounts {
  const add = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a + b);
  if (workflows.length === 0) return { tokens: null, timeMs: null, costMicroUsd: null };
  return workflows.reduce<Amounts>((all, totals) => {
    const one = amountsOf(totals);
    return {
      tokens: add(all.tokens, one.tokens),
      timeMs: add(all.timeMs, one.timeMs),
      costMicroUsd: add(all.costMicroUsd, one.costMicroUsd),
    };
  }, NOTHING);
}

export function globalJson({ workflows, agents }: GlobalView): GlobalBudgetJson {
  const total = sum(workflows, ({ workflow }) => workflow.total);
  const reserve = sum(workflows, ({ workflow }) => workflow.reserve);
  const isLimited = (dimension: keyof Amounts): boolean => total[dimension] !== null;
  const masked = (amounts: Amounts): Amounts => ({
    tokens: isLimited('tokens') ? amounts.tokens : null,
    timeMs: isLimited('timeMs') ? amounts.timeMs : null,
    costMicroUsd: isLimited('costMicroUsd') ? amounts.costMicroUsd : null,
  });
  return {
    schema_version: 1,
    total: amountsJson(total),
    reserve: amountsJson(masked(reserve)),
    pool: amountsJson(sum(workflows, ({ pool }) => pool)),
    allocated: amountsJson(workflows.length === 0 ? NOTHING : sum(workflows, ({ allocated }) => allocated)),
    consumed: amountsJson(workflows.length === 0 ? NOTHING : sum(workflows, ({ consumed }) => consumed)),
    agent_count: agents.length,
    agents: agents.map(({ agent, standing }) => agentBudgetJson(agent, standing)),
    workflows: workflows.map(({ workflow }) => workflow.workflow),
  };
}

export const LIGHTS = { green: '🟢', yellow: '🟡', orange: '🟠', red: '🔴', black: '⚫' } as const;

/** One line: colour, action, what is left, and what to do about it. */
export function standingText(agent: AgentBudget, standing: Standing, styles: Styles): string {
  const { level, action, share, pauseMs, remaining, degrade } = standing;
  const limited = DIMENSIONS.filter((dimension) => remaining[dimension] !== null);
  const left =
    limited.length === 0
      ? 'no limit'
      : `${limited.map((dimension) => amountText(dimension, remaining[dimension] as number)).join(', ')} left`;
  const paint = level === 'green' ? styles.good : level === 'yellow' || level === 'orange' ? styles.warn : styles.bad;
  const lines = [
    `${mark(styles, LIGHTS[level], '')}${agent.agent}: ${paint(level)}, ${action} (${Math.floor(share * 100)} % used, ${left})`,
  ];
  const reason = reasonText(standing.reason, standing);
  if (reason !== null) lines.push(`   ${reason}`);
  if (pauseMs > 0) lines.push(`   pause ${pauseMs / 1000}s before going on`);
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
  if (workflows.length === 0)
    return 'No budgets yet. Begin with: resource-manager budget total --tokens 1M, or budget allocate AGENT --tokens 50k';
  const lines = workflows.flatMap(({ workflow, allocated, consumed, pool }) => [
    `${mark(styles, '💰', '')}${styles.bold(`Workflow ${workflow.workflow}`)}: ${amountsText(workflow.total, 'no limit')}`,
    `   used ${amountsText(consumed)}; allocated ${amountsText(allocated)}; pool ${amountsText(pool)}; reserve ${amountsText(workflow.reserve)}`,
    ...table(
      ['   Agent', 'Action', 'Used', 'Of'],
      agents
        .filter(({ agent }) => budgetKey(agent.workflow) === budgetKey(workflow.workflow))
        .map(({ agent, standing }) => [
          `   ${agent.agent}`,
          `${standing.level}, ${standing.action}`,
          `${Math.floor(standing.share * 100)} %`,
          usedOf(agent.consumed, agent.allocated),
        ]),
      styles,
    ),
  ]);
  return lines.join('\n');
}

export interface RebalanceMove {
  readonly agent: string;
  readonly workflow: string;
  readonly kind: 'reclaim' | 'demand';
  readonly amounts: AmountsJson;
  readonly reason: string;
}

export const moveJson = ({ agent, workflow, kind, amounts, reason }: Move): RebalanceMove => ({
  agent,
  workflow,
  kind,
  amounts: amountsJson(amounts),
  reason,
});

export const movesText = (moves: readonly Move[], isDryRun: boolean): string =>
  moves.length === 0
    ? 'Nothing to move.'
    : moves
        .map(
          ({ agent, kind, amounts, reason }) =>
            `${isDryRun ? 'would move' : 'moved'} ${amountsText(amounts)} ${kind === 'reclaim' ? 'from' : 'to'} ${agent}: ${reason}`,
        )
        .join('\n');
