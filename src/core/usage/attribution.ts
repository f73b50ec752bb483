/** Names of transcript agents in the budgets. Hooks report under the same names. */
import { isProjectName } from '../model/ids.ts';
import type { ProjectFolders } from '../settings/usage.ts';
import type { Owner } from './response.ts';

const LONGEST = 64;
const SESSION_LETTERS = 8;
const UNKNOWN = 'unknown';

const isBelow = (cwd: string, folder: string): boolean =>
  cwd === folder || cwd.startsWith(folder.endsWith('/') ? folder : `${folder}/`);

/** The text as a valid name; other characters become `-`. */
function asName(text: string): string {
  const name = text.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9_]+/, '');
  const short = name.slice(0, LONGEST);
  return isProjectName(short) ? short : UNKNOWN;
}

const lastPart = (path: string): string => path.replace(/\/+$/, '').split('/').at(-1) ?? '';

/**
 * The project of a folder: the configured one with the longest folder around it, else the name of its git root, else its
 * own name.
 */
export function projectOf(cwd: string | null, gitRoot: string | null, folders: ProjectFolders): string {
  if (cwd === null) return UNKNOWN;
  const [named] = [...folders.keys()].filter((folder) => isBelow(cwd, folder)).sort((a, b) => b.length - a.length);
  return named === undefined ? asName(lastPart(gitRoot ?? cwd)) : (folders.get(named) as string);
}

/** `session-1a2b3c4d` for a session, `agent-ID` for an agent that it started. */
export const workOf = (session: string, agentId: string | null): string =>
  asName(agentId === null ? `session-${session.slice(0, SESSION_LETTERS)}` : `agent-${agentId}`);

/** Names that a session reported when it started; they take precedence over its present folder. */
export interface SessionName {
  readonly project: string;
  /** Name of the run that started the session; null without one. */
  readonly agent: string | null;
}

/** `PROJECT/session-1a2b3c4d` for a session, `PROJECT/agent-ID` for an agent that it started. */
export function agentOf(
  { session, agentId, cwd }: Owner,
  gitRoot: string | null,
  folders: ProjectFolders,
  given: SessionName | null = null,
): string {
  if (agentId === null && given !== null && given.agent !== null) return given.agent;
  return `${given?.project ?? projectOf(cwd, gitRoot, folders)}/${workOf(session, agentId)}`;
}
