/**
 * Cuts the history of each agent into runs. A run begins with the agent's first report, with a lease that is granted to
 * it, and with a report whose progress is well below the last one of the run.
 */
import { budgetKey } from '../model/budget.ts';
import { projectKey } from '../model/ids.ts';
import { type KeptRecord, numberIn, textIn } from '../model/record.ts';

/** Kinds of records that begin runs. */
export const RUN_KINDS: ReadonlySet<string> = new Set(['granted', 'usage']);

/** A smaller fall of progress, in percent, is a correction within the run. */
const FALL = 10;

/** Keys of the agents that a lease was granted to: `project/name`, and the bare name of an agent without a project. */
function grantedTo(record: KeptRecord): string[] {
  const project = textIn(record, 'project');
  if (!Array.isArray(record.agents)) return [];
  const names = record.agents.map((name) => budgetKey(String(name)));
  return project === null ? names : names.flatMap((name) => [`${projectKey(project)}/${name}`, name]);
}

export class RunStarts {
  /** Last progress of the present run, by agent key; null before one was reported. */
  readonly #progress = new Map<string, number | null>();

  /** Keys of the agents whose new run begins with this record; a `usage` record is part of the run that it begins. */
  take(record: KeptRecord): readonly string[] {
    if (record.kind === 'granted') {
      const keys = grantedTo(record);
      for (const key of keys) this.#progress.set(key, null);
      return keys;
    }
    const name = textIn(record, 'agent');
    if (record.kind !== 'usage' || name === null) return [];
    const key = budgetKey(name);
    const before = this.#progress.get(key);
    const progress = numberIn(record, 'progress');
    this.#progress.set(key, progress ?? before ?? null);
    const isFall = progress !== null && before !== undefined && before !== null && before - progress >= FALL;
    return before === undefined || isFall ? [key] : [];
  }

  /** Last progress of the agent's present run, in percent; null before one was reported. */
  progress(agent: string): number | null {
    return this.#progress.get(budgetKey(agent)) ?? null;
  }
}
