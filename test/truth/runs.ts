/** The runs of an agent: usage records from a beginning to the next one. */
import type { Event } from './files.ts';
import { same } from './present.ts';

const FALL = 10;

const names = (event: Event, agent: string): boolean => {
  const [project = '', name] = agent.split('/');
  const agents: string[] = event.kind === 'granted' ? (event.agents ?? []) : [];
  if (name === undefined) return agents.some((one) => same(one, agent));
  return agents.some((one) => same(one, name)) && same(event.project, project);
};

export interface Run {
  readonly agent: string;
  readonly usage: readonly Event[];
}

/** Progress last reported in a run; null before the first. */
export const progressOf = ({ usage }: Run): number | null =>
  usage.filter((event) => event.progress != null).at(-1)?.progress ?? null;

/** The runs of an agent, oldest first; the last one is the present one and may be without records. */
export function runsOf(events: readonly Event[], agent: string): Run[] {
  const runs: Event[][] = [];
  for (const event of events) {
    if (names(event, agent)) runs.push([]);
    if (event.kind !== 'usage' || !same(event.agent, agent)) continue;
    const before = progressOf({ agent, usage: runs.at(-1) ?? [] });
    const isFall = event.progress != null && before !== null && before - event.progress >= FALL;
    if (runs.length === 0 || isFall) runs.push([]);
    runs.at(-1)?.push(event);
  }
  return runs.map((usage) => ({ agent, usage }));
}

export const presentRun = (events: readonly Event[], agent: string): Run =>
  runsOf(events, agent).at(-1) ?? { agent, usage: [] };

/** The runs of all agents that have reported. */
export function allRuns(events: readonly Event[]): Run[] {
  const agents = events.filter(({ kind }) => kind === 'usage').map(({ agent }) => agent.toLowerCase());
  return [...new Set<string>(agents)].flatMap((agent) => runsOf(events, agent));
}
