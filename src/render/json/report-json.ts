/** GenerateReport as JSON. */
import { shareUsed } from '../../core/budget/level.ts';
import { type AgentBudget, DIMENSIONS } from '../../core/model/budget.ts';
import type { Instant } from '../../core/model/instants.ts';
import { PUBLISHED, published } from '../../core/model/published.ts';
import { type Advice, type Quality, type Report, TARGETS } from '../../core/report/report.ts';
import type { ProjectTally } from '../../core/report/tally.ts';
import { adviceText } from '../advice.ts';
import { DIMENSION_WORDS } from '../text/amounts.ts';
import { plural } from '../text/counts.ts';
import { amountsJson, iso, round, rounded } from './json-values.ts';

export interface MeasureJson {
  readonly value: number | null;
  readonly target: number;
  readonly met: boolean | null;
  readonly note: string;
}

export type ReportJson = Readonly<ReturnType<typeof reportJson>>;

/** A recommendation with its code and figures, and in words. */
type RecommendationJson = Readonly<Record<string, unknown>> & { readonly text: string };

const SEED_NOTE = '1 − variance ÷ mean of the shares: depends on the unit and has no lower bound, so it has no target';

const measure = (value: number | null, target: number, note: string, isAtMost = false): MeasureJson => ({
  value,
  target,
  met: value === null ? null : isAtMost ? value <= target : value >= target,
  note,
});

/** The measures with their targets and notes; the values are not rounded. */
export function measuresOf(quality: Quality) {
  const { utilisationOf: dimension, fairness, crossings, forecastsJudged } = quality;
  return {
    utilisation: measure(
      quality.utilisation,
      TARGETS.utilisation,
      dimension === null ? 'nothing is allocated' : `consumed ÷ allocated, ${DIMENSION_WORDS[dimension]}`,
    ),
    slot_utilisation: measure(
      quality.slotUtilisation,
      TARGETS.utilisation,
      'slots in use ÷ slots that were both requested and available',
    ),
    fairness: measure(
      fairness?.index ?? null,
      TARGETS.fairness,
      fairness === null
        ? 'no project had to wait'
        : fairness.index === null
          ? 'no project was served'
          : `Jain’s index over served ÷ entitled of ${plural(fairness.projects, 'project')} (1 = equal)`,
    ),
    responsiveness: measure(
      quality.responsivenessSeconds,
      TARGETS.responsivenessSeconds,
      crossings === 0
        ? 'no threshold was crossed'
        : `${plural(crossings, 'threshold crossing')}, all reported in the same call; longest time to end a run`,
      true,
    ),
    forecast_accuracy: measure(
      quality.forecastAccuracy,
      TARGETS.forecastAccuracy,
      forecastsJudged === 0
        ? 'no forecast was checked yet'
        : `share within 10% of the actual time, ${plural(forecastsJudged, 'forecast')} checked`,
    ),
    fairness_by_the_seed: { value: quality.seedFairness, note: SEED_NOTE },
  };
}

const inAnswer = <M extends { readonly value: number | null }>(measure: M): M => ({
  ...measure,
  value: rounded(measure.value),
});

function metricsJson(quality: Quality) {
  const measures = measuresOf(quality);
  return {
    utilisation: inAnswer(measures.utilisation),
    slot_utilisation: inAnswer(measures.slot_utilisation),
    fairness: inAnswer(measures.fairness),
    responsiveness: inAnswer(measures.responsiveness),
    forecast_accuracy: inAnswer(measures.forecast_accuracy),
    fairness_by_the_seed: inAnswer(measures.fairness_by_the_seed),
  };
}

const adviceJson = ({ code, ...rest }: Advice): RecommendationJson => ({
  code,
  ...rest,
  text: adviceText({ code, ...rest } as Advice),
});

/** Largest used share of the allocation; null without a limit. */
export function shareOf(budget: AgentBudget | null): number | null {
  if (budget === null || DIMENSIONS.every((dimension) => budget.allocated[dimension] === null)) return null;
  return shareUsed(budget.consumed, budget.allocated);
}

const projectJson = ({ project, slotMs, grants, waits, denied, reclaimed, killed }: ProjectTally) => ({
  project,
  slot_seconds: Math.round(slotMs / 1000),
  grants,
  waited_seconds: { mean: round(waits.mean), p95: round(waits.quantile(0.95)), max: round(waits.max) },
  denied,
  reclaimed,
  killed,
});

export function reportJson(report: Report, since: Instant, until: Instant) {
  return {
    schema_version: 1 as const,
    workflow: report.workflow,
    since: iso(since),
    until: iso(until),
    events: report.events,
    agents: report.agents.map(({ budget, ...agent }) => ({
      agent: agent.agent,
      workflow: agent.workflow,
      reports: agent.reports,
      consumed: amountsJson(agent),
      allocated: budget === null ? null : amountsJson(budget.allocated),
      percentage: rounded(shareOf(budget)),
      status: budget?.level ?? null,
      unknown_models: budget?.unknownModels ?? [],
    })),
    projects: report.projects.map(projectJson),
    workflows: report.workflows.map(({ workflow, pool, allocated, consumed }) => ({
      workflow: workflow.workflow,
      total: amountsJson(workflow.total),
      reserve: amountsJson(workflow.reserve),
      pool: amountsJson(pool),
      allocated: amountsJson(allocated),
      consumed: amountsJson(consumed),
    })),
    overruns: report.overruns.map(({ agent, dimension, allocated, consumed }) => ({
      agent,
      dimension: PUBLISHED[dimension].name,
      allocated: published(dimension, allocated),
      consumed: published(dimension, consumed),
    })),
    metrics: metricsJson(report.quality),
    recommendations: report.advice.map(adviceJson),
  };
}
