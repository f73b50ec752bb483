/** Texts that are run as commands or handed to agents count only where no other user can have written them. */
import type { BigIntStats } from 'node:fs';
import { lstatSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { STOPPED_BY_HAND } from '../core/model/budget.ts';
import type { State } from '../core/model/state.ts';
import { DEFAULT_BUDGET } from '../core/settings/budget.ts';
import type { Settings } from '../core/settings/settings.ts';

interface Ownership {
  readonly uid: number;
  readonly mode: number;
}

const isOwn = ({ uid, mode }: Ownership, euid: number): boolean => (uid === 0 || uid === euid) && (mode & 0o022) === 0;

/**
 * True when only root and the user `euid` can have written the file. In a folder that others may write, they can put any
 * file of that user's in its place, one with a text of theirs too; there it has to be root's, and no link.
 */
export const isTrusted = (file: Ownership, isLink: boolean, folder: Ownership, euid: number): boolean =>
  isOwn(file, euid) && (isOwn(folder, euid) || (file.uid === 0 && !isLink));

/** Whether this process may trust the file that it has opened at `path`; `opened` is what fstat says of it. */
export function mayTrust(path: string, opened: BigIntStats): boolean {
  const entry = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  const isLink = entry?.ino !== opened.ino || entry.dev !== opened.dev;
  const file = { uid: Number(opened.uid), mode: Number(opened.mode) };
  return isTrusted(file, isLink, statSync(dirname(path)), process.geteuid?.() ?? 0);
}

/** The settings without what only a trusted configuration may say: commands, and texts and a model for agents. */
export function distrusted(settings: Settings): Settings {
  const { notify, budget, hooks } = settings;
  const { degradeText, degradeTexts } = DEFAULT_BUDGET;
  const isDegradeSet = budget.degradeText !== degradeText || budget.degradeTexts.size > 0;
  return {
    ...settings,
    notify: [],
    budget: { ...budget, degradeText, degradeTexts },
    hooks: { ...hooks, degradeModel: null },
    ignored: [
      ...(notify.length > 0 ? ['notify'] : []),
      ...(isDegradeSet ? ['budget.degrade'] : []),
      ...(hooks.degradeModel === null ? [] : ['hooks.degrade_model']),
    ],
  };
}

/** The state with the usual words in the place of why each agent was stopped. */
export function withoutReasons(state: State): State {
  const { agents } = state.budgets;
  if (agents.every(({ stopped }) => stopped === null)) return state;
  const plain = agents.map((agent) =>
    agent.stopped === null ? agent : { ...agent, stopped: { ...agent.stopped, reason: STOPPED_BY_HAND } },
  );
  return { ...state, budgets: { ...state.budgets, agents: plain } };
}
