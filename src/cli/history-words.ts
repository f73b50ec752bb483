/** Parses the words of `history`: kinds of events and the name of a project or an agent. */
import { projectKey } from '../core/model/ids.ts';
import { BUDGET_RECORD_KINDS, type KeptRecord, RECORD_KINDS, textIn } from '../core/model/record.ts';
import { nearest } from '../core/nearest.ts';
import { knownProjects } from '../core/projects.ts';
import type { HistoryReader } from '../ports/history.ts';
import type { Snapshot } from '../ports/snapshot.ts';
import { noSuchName } from '../render/refusal.ts';
import { quoted, usageError } from './values.ts';

const KINDS: readonly string[] = [...RECORD_KINDS, ...BUDGET_RECORD_KINDS];

/** The kinds in `killed,reclaimed`. Throws ExpectedError 64 for a kind that no event has. */
export function kindsOf(text: string): ReadonlySet<string> {
  const kinds = text.split(',').map((kind) => kind.trim());
  const unknown = kinds.find((kind) => !KINDS.includes(kind));
  if (unknown === undefined) return new Set(kinds);
  const meant = nearest(unknown, KINDS);
  throw usageError(
    `--kind does not accept ${quoted(unknown)}`,
    meant === null ? `expected some of: ${KINDS.join(', ')}` : `did you mean ${meant}?`,
  );
}

/** Selects the records about a project with its agents, or about one agent. */
export function isAbout(name: string): (record: KeptRecord) => boolean {
  const wanted = name.toLowerCase();
  return (record) => {
    const agent = textIn(record, 'agent')?.toLowerCase();
    return (
      textIn(record, 'project')?.toLowerCase() === wanted ||
      agent === wanted ||
      agent?.startsWith(`${wanted}/`) === true
    );
  };
}

/** Throws ExpectedError 66 for a name that neither the state nor any record knows. Reads the whole history. */
export function refuseUnknownName(name: string, { state, environment }: Snapshot, reader: HistoryReader): void {
  const names = new Map<string, string>();
  const add = (known: string | null): void => {
    if (known !== null && !names.has(projectKey(known))) names.set(projectKey(known), known);
  };
  for (const project of knownProjects(state, environment.settings)) add(project);
  for (const { agent } of state.budgets.agents) add(agent);
  for (const { project, agents } of state.leases) for (const agent of agents) add(`${project}/${agent.name}`);
  reader.each({}, (record) => {
    const [project, agent] = [textIn(record, 'project'), textIn(record, 'agent')];
    add(project);
    add(agent);
  });
  const key = projectKey(name);
  const isKnown = [...names.keys()].some((known) => known === key || known.startsWith(`${key}/`));
  if (!isKnown) throw noSuchName('project or agent', 'projects and agents', name, [...names.values()]);
}
