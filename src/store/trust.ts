/** Removes commands and texts for agents that another user can have written. */
import { STOPPED_BY_HAND } from '../core/model/budget.ts';
import type { State } from '../core/model/state.ts';
import { DEFAULT_SETTINGS, type Settings } from '../core/settings/settings.ts';

/** The settings without the parts that need a trusted configuration: commands, texts for agents, a model for agents. */
export function distrusted(settings: Settings): Settings {
  const { notify, budget, hooks } = settings;
  const { degrade } = DEFAULT_SETTINGS.budget;
  const isDegradeSet = budget.degrade !== degrade;
  return {
    ...settings,
    notify: [],
    budget: { ...budget, degrade },
    hooks: { ...hooks, degradeModel: null },
    ignored: [
      ...(notify.length > 0 ? ['notify'] : []),
      ...(isDegradeSet ? ['budget.degrade'] : []),
      ...(hooks.degradeModel === null ? [] : ['hooks.degrade_model']),
    ],
  };
}

/** The state with a fixed text in place of each agent's stop reason. */
export function withoutReasons(state: State): State {
  const { agents } = state.budgets;
  if (agents.every(({ stopped }) => stopped === null)) return state;
  const plain = agents.map((agent) =>
    agent.stopped === null ? agent : { ...agent, stopped: { ...agent.stopped, reason: STOPPED_BY_HAND } },
  );
  return { ...state, budgets: { ...state.budgets, agents: plain } };
}
