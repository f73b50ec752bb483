/** The published answers about budgets; amounts in tokens, seconds and dollars. */
import { each, NOTHING, UNLIMITED } from '../../core/budget/amounts.ts';
import type { BudgetOutcome, ReportOutcome } from '../../core/budget/done.ts';
import type { AgentStanding, GlobalView } from '../../core/budget/overview.ts';
import type { Move } from '../../core/budget/rebalance.ts';
import type { Totals } from '../../core/budget/totals.ts';
import type { Amounts } from '../../core/model/budget.ts';
import { published } from '../../core/model/published.ts';
import { standingReasonText } from '../budget.ts';
import type { Unread } from '../transcripts.ts';
import { amountsJson, iso, round } from './json-values.ts';

type ReleasedBudget = NonNullable<BudgetOutcome['released']>;

/** What an agent may do next. */
export type CheckJson = Readonly<ReturnType<typeof checkJson>>;
export const checkJson = ({ agent, standing }: AgentStanding) => ({
  schema_version: 1 as const,
  agent: agent.agent,
  status: standing.level,
  action: standing.action,
  percentage: round(standing.share),
  pause_seconds: standing.pauseMs / 1000,
  remaining: amountsJson(standing.remaining),
  reason: standingReasonText(standing.reason, standing),
  degrade: standing.degrade,
});

export type AgentBudgetJson = Readonly<ReturnType<typeof agentBudgetJson>>;
export const agentBudgetJson = ({ agent, standing }: AgentStanding) => ({
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
  unknown_models: agent.unknownModels,
});

/** Sums over workflows; an unlimited workflow makes the sum unlimited. */
function sum(workflows: readonly Totals[], amountsOf: (totals: Totals) => Amounts): Amounts {
  const add = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a + b);
  if (workflows.length === 0) return UNLIMITED;
  return workflows
    .map(amountsOf)
    .reduce<Amounts>((all, one) => each((dimension) => add(all[dimension], one[dimension])), NOTHING);
}

export type GlobalBudgetJson = Readonly<ReturnType<typeof globalJson>>;
export function globalJson({ workflows, agents }: GlobalView) {
  const total = sum(workflows, ({ workflow }) => workflow.total);
  const reserve = sum(workflows, ({ workflow }) => workflow.reserve);
  return {
    schema_version: 1 as const,
    total: amountsJson(total),
    reserve: amountsJson(each((dimension) => (total[dimension] === null ? null : reserve[dimension]))),
    pool: amountsJson(sum(workflows, ({ pool }) => pool)),
    allocated: amountsJson(workflows.length === 0 ? NOTHING : sum(workflows, ({ allocated }) => allocated)),
    consumed: amountsJson(workflows.length === 0 ? NOTHING : sum(workflows, ({ consumed }) => consumed)),
    agent_count: agents.length,
    agents: agents.map(agentBudgetJson),
    workflows: workflows.map(({ workflow }) => workflow.workflow),
  };
}

export type RebalanceMove = Readonly<ReturnType<typeof moveJson>>;
export const moveJson = ({ agent, workflow, kind, amounts, reason }: Move) => ({
  agent,
  workflow,
  kind,
  amounts: amountsJson(amounts),
  reason,
});

export type ReportAnswer = Readonly<ReturnType<typeof usageReportJson>>;

/** The answer to a usage report: standing of the agent, and whether the report was a duplicate or a reservation. */
export const usageReportJson = (reported: AgentStanding, { isDuplicate, reservation }: ReportOutcome) => ({
  ...checkJson(reported),
  duplicate: isDuplicate,
  reservation: reservation === null ? null : { id: reservation.id, admitted: reservation.isAdmitted },
});

interface Counted extends AgentStanding {
  readonly tokens: number;
  readonly costMicroUsd: number;
}

interface Read extends Unread {
  readonly files: number;
}

/** The answer to a count of transcripts. */
export const countedJson = (agents: readonly Counted[], { files, unparsed, unreadable }: Read) => ({
  schema_version: 1,
  agents: agents.map(({ agent, standing, tokens, costMicroUsd }) => ({
    agent: agent.agent,
    counted: { tokens, cost: published('costMicroUsd', costMicroUsd) },
    unknown_models: agent.unknownModels,
    status: standing.level,
    action: standing.action,
  })),
  transcripts: { files, unparsed_lines: unparsed, unreadable: unreadable.length },
});

/** The answer about one agent, or about several. */
export const agentsJson = (agents: readonly AgentStanding[]) => {
  const [first, ...others] = agents.map(agentBudgetJson);
  return { schema_version: 1, ...(others.length === 0 && first ? first : { agents: agents.map(agentBudgetJson) }) };
};

export const rebalanceJson = (moves: readonly Move[], isDryRun: boolean) => ({
  schema_version: 1,
  dry_run: isDryRun,
  moves: moves.map(moveJson),
});

export const releasedBudgetJson = (agent: string, workflow: string, { returned, consumed }: ReleasedBudget) => ({
  schema_version: 1,
  agent,
  workflow,
  released: amountsJson(returned),
  consumed: amountsJson(consumed),
});
