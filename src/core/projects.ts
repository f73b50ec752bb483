import { projectKey } from './model/ids.ts';
import type { State } from './model/state.ts';
import type { Settings } from './settings/settings.ts';

/** Every project that the state or the configuration names, each once, in its first spelling. */
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

/** The spelling that is already in use for a project, or the one typed. */
export function knownSpelling(state: State, settings: Settings, typed: string): string {
  const key = projectKey(typed);
  return knownProjects(state, settings).find((name) => projectKey(name) === key) ?? typed;
}
