import { projectKey } from './model/ids.ts';
import type { State } from './model/state.ts';
import type { Settings } from './settings/settings.ts';

/** All projects that the state or the configuration names, without duplicates, each in its first spelling. */
export function knownProjects(state: State, settings: Settings): string[] {
  const seen = new Set<string>();
  const names: string[] = [];
  const add = (name: string): void => {
    const key = projectKey(name);
    if (seen.has(key)) return;
    seen.add(key);
    names.push(name);
  };
  for (const name of state.knownProjects) add(name);
  for (const lease of state.leases) add(lease.project);
  for (const entry of state.queue) add(entry.project);
  for (const name of settings.namedProjects) add(name);
  return names;
}

/** The spelling in use for this project, or the typed one. */
export function knownSpelling(state: State, settings: Settings, typed: string): string {
  const key = projectKey(typed);
  return knownProjects(state, settings).find((name) => projectKey(name) === key) ?? typed;
}
