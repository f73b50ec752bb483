/** By which name an agent of a transcript is known to the budgets; hooks report under the same names. */
import { isProjectName } from '../model/ids.ts';
import type { ProjectFolders } from '../settings/usage.ts';
import type { Owner } from './response.ts';

const LONGEST = 64;
const SESSION_LETTERS = 8;
const UNKNOWN = 'unknown';

const isBelow = (cwd: string, folder: string): boolean =>
  cwd === folder || cwd.startsWith(folder.endsWith('/') ? folder : `${folder}/`);

/** The text as a name: what a name may not have becomes `-`. */
function asName(text: string): string {
  const name = text.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9_]+/, '');
  const short = name.slice(0, LONGEST);
  return isProjectName(short) ? short : UNKNOWN;
}

const lastPart = (path: string): string => path.replace(/\/+$/, '').split('/').at(-1) ?? '';

/**
 * The project of a folder: the one whose named folder it is below (the longest wins), else the name of its git root, else
 * its own.
 */
export function projectOf(cwd: string | null, gitRoot: string | null, folders: ProjectFolders): string {
  if (cwd === null) return UNKNOWN;
  const [named] = [...folders.keys()].filter((folder) => isBelow(cwd, folder)).sort((a, b) => b.length - a.length);
  return named === undefined ? asName(lastPart(gitRoot ?? cwd)) : (folders.get(named) as string);
}

/** `session-1a2b3c4d` for a session's own line of work, `agent-ID` for an agent that it started. */
export const workOf = (session: string, agentId: string | null): string =>
  asName(agentId === null ? `session-${session.slice(0, SESSION_LETTERS)}` : `agent-${agentId}`);

/** What a session told of itself when it started; that counts more than where it has gone since. */
export interface SessionName {
  readonly project: string;
  /** The name of the run that it was started by; null without one. */
  readonly agent: string | null;
}

/** `PROJECT/session-1a2b3c4d` for a session's own line of work, `PROJECT/agent-ID` for an agent that it started. */
export function agentOf(
  { session, agentId, cwd }: Owner,
  gitRoot: string | null,
  folders: ProjectFolders,
  given: SessionName | null = null,
): string {
  if (agentId === null && given !== null && given.agent !== null) return given.agent;
  return `${given?.project ?? projectOf(cwd, gitRoot, folders)}/${workOf(session, agentId)}`;
}
