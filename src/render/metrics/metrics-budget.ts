/**
 * Budgets as metrics. Tokens, seconds and dollars are separate families because a family has one unit. Usage of an agent
 * is a counter: it grows, or restarts at 0 with a new window or budget. Usage of a workflow is a gauge: it drops by a
 * part when an agent starts a new window, and `rate()` on a counter would count the rest as growth. The rate of a
 * workflow is the sum of the rates of its agents.
 */

import { each } from '../../core/budget/amounts.ts';
import { type GlobalView, globalView } from '../../core/budget/overview.ts';
import type { Totals } from '../../core/budget/totals.ts';
import { type Amounts, budgetKey, DIMENSIONS, LEVELS } from '../../core/model/budget.ts';
import { PUBLISHED, published } from '../../core/model/published.ts';
import type { Snapshot } from '../../ports/snapshot.ts';
import { type Family, gauge, type Labels, type Sample } from './exposition.ts';

type AgentView = GlobalView['agents'][number];

/** One figure of each item: middle of the metric name, help text, amounts. */
type Figure<T> = readonly [name: string, help: string, amounts: (item: T) => Amounts, isCounter?: boolean];

interface Labelled<T> {
  readonly item: T;
  readonly labels: Labels;
}

/** One family per figure and unit; unlimited amounts have no series. */
function amountFamilies<T>(prefix: string, items: readonly Labelled<T>[], figures: readonly Figure<T>[]): Family[] {
  return figures.flatMap(([name, help, amounts, isCounter = false]) => {
    const rows = items.map(({ item, labels }) => ({ labels, has: amounts(item) }));
    return DIMENSIONS.map((dimension): Family => {
      const { unit } = PUBLISHED[dimension];
      const samples: Sample[] = [];
      for (const { labels, has } of rows) {
        const amount = has[dimension];
        if (amount !== null) samples.push({ labels, value: published(dimension, amount) });
      }
      return {
        name: `resource_manager_${prefix}_${name}_${unit}${isCounter ? '_total' : ''}`,
        type: isCounter ? 'counter' : 'gauge',
        help: help.replace('UNIT', unit === 'dollars' ? 'US dollars' : unit),
        samples,
      };
    });
  });
}

const WORKFLOW_FIGURES: readonly Figure<Totals>[] = [
  ['limit', 'Total budget of a workflow in UNIT.', ({ workflow }) => workflow.total],
  [
    'reserve',
    'Reserve of a workflow for critical agents in UNIT.',
    // An unlimited dimension has no reserve, not a reserve of 0.
    ({ workflow: { total, reserve } }) => each((dimension) => (total[dimension] === null ? null : reserve[dimension])),
  ],
  ['pool', 'Budget that a workflow can still allocate in UNIT.', ({ pool }) => pool],
  [
    'allocated',
    'Budget allocated to the agents of a workflow in UNIT, including the used part of released agents.',
    ({ allocated }) => allocated,
  ],
  [
    'consumed',
    'Usage of the agents of a workflow in UNIT, counted from the start of each current window.',
    ({ consumed }) => consumed,
  ],
];

const AGENT_FIGURES: readonly Figure<AgentView>[] = [
  ['allocated', 'Budget of an agent in UNIT, if it has its own limit.', ({ agent }) => agent.allocated],
  [
    'consumed',
    'Usage of an agent in UNIT since its budget or its current window began.',
    ({ agent }) => agent.consumed,
    true,
  ],
  ['reserved', 'Open reservations of an agent in UNIT.', ({ standing }) => standing.reserved],
];

function levelSamples({ labels, item: { standing } }: Labelled<AgentView>): Sample[] {
  return LEVELS.map((level) => ({ labels: { ...labels, level }, value: standing.level === level ? 1 : 0 }));
}

function standingFamilies(agents: readonly Labelled<AgentView>[]): Family[] {
  return [
    gauge(
      'budget_used_ratio',
      'Largest used share of any limit of an agent; 1 or more means used up.',
      agents.map(({ labels, item }) => ({ labels, value: Math.round(item.standing.share * 1e6) / 1e6 })),
    ),
    gauge('budget_level', 'Colour of a budget; 1 for the current colour, else 0.', agents.flatMap(levelSamples)),
    gauge(
      'budget_stopped',
      'Set to 1 if the agent was stopped by hand, else 0.',
      agents.map(({ labels, item }) => ({ labels, value: item.agent.stopped === null ? 0 : 1 })),
    ),
  ];
}

/** Families of all workflows and agents with budgets; the first spelling of a workflow is its label. */
export function budgetFamilies({ state, environment }: Snapshot): Family[] {
  const { workflows, agents } = globalView(state.budgets, environment.settings.budget, null);
  const spellings = new Map(workflows.map(({ workflow: { workflow } }) => [budgetKey(workflow), workflow]));
  const shared = workflows.map((item) => ({ item, labels: { workflow: item.workflow.workflow } }));
  const owned = agents.map((item) => {
    const { agent, workflow } = item.agent;
    return { item, labels: { agent, workflow: spellings.get(budgetKey(workflow)) ?? workflow } };
  });
  return [
    ...amountFamilies('workflow_budget', shared, WORKFLOW_FIGURES),
    ...amountFamilies('budget', owned, AGENT_FIGURES),
    ...standingFamilies(owned),
  ];
}
