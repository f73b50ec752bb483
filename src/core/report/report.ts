/** Report on a span of time: quality measures with their targets, and advice with the figures behind it. */
import { each } from '../budget/amounts.ts';
import { shareUsed } from '../budget/level.ts';
import { type Overrun, Overruns, overrunsOf } from '../budget/overrun.ts';
import { globalView } from '../budget/overview.ts';
import type { Totals } from '../budget/totals.ts';
import type { Score } from '../forecast/track-record.ts';
import { type AgentBudget, type Amounts, budgetKey, DIMENSIONS, type Dimension, type Usage } from '../model/budget.ts';
import type { State } from '../model/state.ts';
import type { BudgetSettings } from '../settings/budget.ts';
import { oneMinusVarianceByMean } from './fairness.ts';
import type { AgentTally, Fairness, LongestWait, ProjectTally, Tally } from './tally.ts';

/** The seed's targets. */
export const TARGETS = { utilisation: 0.85, fairness: 0.9, responsivenessSeconds: 1, forecastAccuracy: 0.85 } as const;

export interface Quality {
  /** Consumed ÷ allocated in the dimension where this is highest; null if nothing is allocated. */
  readonly utilisation: number | null;
  readonly utilisationOf: Dimension | null;
  /** Slots in use ÷ slots that were both requested and available. */
  readonly slotUtilisation: number | null;
  /** Null when no request waited. */
  readonly fairness: Fairness | null;
  /** The seed's `1 − variance ÷ mean` over each project's share of the slots. */
  readonly seedFairness: number | null;
  /** Slowest ending by a budget, in seconds; 0 if no run was ended, null if no colour changed either. */
  readonly responsivenessSeconds: number | null;
  /** Changes of colour; each was reported in the call that caused it. */
  readonly crossings: number;
  readonly forecastAccuracy: number | null;
  readonly forecastsJudged: number;
}

export type Advice =
  | { readonly code: 'overrun'; readonly agent: string; readonly dimension: Dimension; readonly by: number }
  | { readonly code: 'unused'; readonly agent: string; readonly dimension: Dimension; readonly left: number }
  | {
      readonly code: 'waited';
      readonly project: string;
      /** The longest wait, with the share of the slots in use meanwhile; null when its request is not known. */
      readonly waitedSeconds: number;
      readonly used: number | null;
      /** Parts of the wait by cause, the longest first; empty where its records name none. */
      readonly causes: readonly { readonly reason: string; readonly seconds: number }[];
    }
  | { readonly code: 'died'; readonly project: string; readonly leases: number }
  | { readonly code: 'pool-idle'; readonly workflow: string; readonly dimension: Dimension; readonly left: number };

export interface Report {
  readonly workflow: string | null;
  readonly agents: readonly (AgentTally & { readonly budget: AgentBudget | null })[];
  readonly projects: readonly ProjectTally[];
  readonly workflows: readonly Totals[];
  /** The largest of each agent and dimension, in the span or now. */
  readonly overruns: readonly Overrun[];
  readonly quality: Quality;
  readonly advice: readonly Advice[];
  readonly events: number;
}

const ratio = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);

/** Consumed ÷ allocated over all agents with an allocation in the dimension, for the highest dimension. */
function utilisation(agents: readonly AgentBudget[]): Pick<Quality, 'utilisation' | 'utilisationOf'> {
  let best: Pick<Quality, 'utilisation' | 'utilisationOf'> = { utilisation: null, utilisationOf: null };
  for (const dimension of DIMENSIONS) {
    const limited = agents.filter(({ allocated }) => (allocated[dimension] ?? 0) > 0);
    const allocated = limited.reduce((sum, agent) => sum + (agent.allocated[dimension] as number), 0);
    const consumed = limited.reduce((sum, agent) => sum + agent.consumed[dimension], 0);
    const used = ratio(consumed, allocated);
    if (used !== null && used > (best.utilisation ?? -1)) best = { utilisation: used, utilisationOf: dimension };
  }
  return best;
}

/** Shortest wait that causes advice, in seconds. */
const LONG_WAIT_S = 60;
const UNUSED_BELOW = 0.25;
const DIED_FROM = 3;

function waitAdvice(project: string, { seconds, wait }: LongestWait): Advice {
  const causes = [...(wait?.causes ?? [])]
    .map(([reason, ms]) => ({ reason, seconds: ms / 1000 }))
    .filter((cause) => cause.seconds >= 1)
    .sort((a, b) => b.seconds - a.seconds);
  return { code: 'waited', project, waitedSeconds: seconds, used: wait?.used ?? null, causes };
}

function slotAdvice(tally: Tally): Advice[] {
  const projects = [...tally.projects.values()];
  return [
    ...projects.flatMap(({ project, waits, longest }): Advice[] =>
      longest !== null && waits.quantile(0.9) >= LONG_WAIT_S ? [waitAdvice(project, longest)] : [],
    ),
    ...projects.flatMap(({ project, reclaimed }): Advice[] =>
      reclaimed >= DIED_FROM ? [{ code: 'died', project, leases: reclaimed }] : [],
    ),
  ];
}

function budgetAdvice(
  agents: readonly AgentBudget[],
  overruns: readonly Overrun[],
  idle: ReadonlySet<string>,
): Advice[] {
  const byKey = new Map(agents.map((agent) => [budgetKey(agent.agent), agent]));
  const over = overruns.flatMap(({ agent, dimension, allocated, consumed }): Advice[] => {
    const now = byKey.get(budgetKey(agent));
    const isEnough =
      now !== undefined && (now.allocated[dimension] ?? Number.POSITIVE_INFINITY) >= now.consumed[dimension];
    return isEnough ? [] : [{ code: 'overrun', agent, dimension, by: consumed - allocated }];
  });
  const unused = agents.flatMap((agent): Advice[] => {
    if (!idle.has(budgetKey(agent.agent)) || shareUsed(agent.consumed, agent.allocated) >= UNUSED_BELOW) return [];
    const dimension = DIMENSIONS.find((name) => (agent.allocated[name] ?? 0) > 0);
    if (dimension === undefined) return [];
    const left = (agent.allocated[dimension] as number) - agent.consumed[dimension];
    return [{ code: 'unused', agent: agent.agent, dimension, left }];
  });
  return [...over, ...unused];
}

function poolAdvice(workflows: readonly Totals[], agents: readonly AgentBudget[]): Advice[] {
  return workflows.flatMap(({ workflow, pool }): Advice[] =>
    DIMENSIONS.flatMap((dimension): Advice[] => {
      const left = pool[dimension];
      const own = agents.filter((agent) => budgetKey(agent.workflow) === budgetKey(workflow.workflow));
      const isShort = overrunsOf(own).some((overrun) => overrun.dimension === dimension);
      return isShort && left !== null && left > 0
        ? [{ code: 'pool-idle', workflow: workflow.workflow, dimension, left }]
        : [];
    }),
  );
}

export interface ReportInput {
  readonly state: State;
  readonly settings: BudgetSettings;
  /** Null reports on all workflows. */
  readonly workflow: string | null;
  readonly tally: Tally;
  readonly score: Score;
  /** Keys of agents that have not reported for a while. */
  readonly idle: ReadonlySet<string>;
}

export function reportOf({ state, settings, workflow, tally, score, idle }: ReportInput): Report {
  const isMeant = (name: string): boolean => workflow === null || budgetKey(name) === budgetKey(workflow);
  const { agents: standings, workflows } = globalView(state.budgets, settings, workflow);
  const budgets = standings.map(({ agent, standing: { level } }) => ({ ...agent, level }));
  const byKey = new Map(budgets.map((agent) => [budgetKey(agent.agent), agent]));
  const agents = [...tally.agents.values()].filter((agent) => isMeant(agent.workflow));
  const exceeded = new Overruns();
  for (const overrun of overrunsOf(budgets)) exceeded.add(overrun);
  for (const overrun of tally.overruns.all) if (isMeant(overrun.workflow)) exceeded.add(overrun);
  const overruns = exceeded.all;
  const projects = [...tally.projects.values()].sort((a, b) => b.slotMs - a.slotMs || (a.project < b.project ? -1 : 1));
  const slotMs = projects.reduce((sum, project) => sum + project.slotMs, 0);
  return {
    workflow,
    agents: agents
      .map((agent) => ({ ...agent, budget: byKey.get(budgetKey(agent.agent)) ?? null }))
      .sort((a, b) => b.costMicroUsd - a.costMicroUsd || b.tokens - a.tokens || (a.agent < b.agent ? -1 : 1)),
    projects,
    workflows,
    overruns,
    quality: {
      ...utilisation(budgets),
      slotUtilisation: ratio(tally.usedMs, tally.demandMs),
      fairness: tally.fairness(),
      seedFairness: slotMs === 0 ? null : oneMinusVarianceByMean(projects.map((project) => project.slotMs / slotMs)),
      responsivenessSeconds: tally.ended.count === 0 ? (tally.crossings === 0 ? null : 0) : tally.ended.max,
      crossings: tally.crossings,
      forecastAccuracy: score.right,
      forecastsJudged: score.judged,
    },
    advice: [...slotAdvice(tally), ...budgetAdvice(budgets, overruns, idle), ...poolAdvice(workflows, budgets)],
    events: tally.events,
  };
}

export interface Efficiency {
  readonly agent: AgentBudget;
  /** Used ÷ allocated; null in dimensions without an allocation. */
  readonly used: Amounts;
  /** Usage of the present run per percent of its progress; null without progress. */
  readonly perProgress: Usage | null;
  /** Idle share of the time between the first and last report of its present run; null with fewer than two. */
  readonly idleShare: number | null;
  readonly reports: number;
  /** Mean wait of its project for slots, in seconds per grant. */
  readonly waitsSufferedSeconds: number;
  readonly grants: number;
  /** Slot-seconds of waits by other projects while the agent held slots. */
  readonly waitsCausedSeconds: number;
}

export function efficiencyOf(agent: AgentBudget, tally: Tally): Efficiency {
  const run = tally.runs.get(budgetKey(agent.agent));
  const progress = tally.starts.progress(agent.agent);
  const { allocated, consumed } = agent;
  const usedShare = (dimension: Dimension): number | null =>
    allocated[dimension] === null ? null : allocated[dimension] === 0 ? 1 : consumed[dimension] / allocated[dimension];
  const project = [...tally.projects.entries()].find(([key]) => budgetKey(agent.agent).startsWith(`${key}/`))?.[1];
  const spanMs = run === undefined ? 0 : run.lastAt - run.firstAt;
  return {
    agent,
    used: each(usedShare),
    perProgress:
      run === undefined || progress === null || progress <= 0
        ? null
        : each((dimension) => run.used[dimension] / progress),
    idleShare: run === undefined || spanMs <= 0 ? null : run.idleMs / spanMs,
    reports: agent.reports,
    waitsSufferedSeconds: project?.waits.mean ?? 0,
    grants: project?.grants ?? 0,
    waitsCausedSeconds: (tally.caused.get(budgetKey(agent.agent)) ?? 0) / 1000,
  };
}
