/** Names of transcript agents in the budgets. Hooks report under the same names. */
import { keyOf } from '../digest.ts';
import { isProjectName } from '../model/ids.ts';
import type { ProjectFolders } from '../settings/usage.ts';
import type { Owner } from './response.ts';

const LONGEST = 64;
const UNKNOWN = 'unknown';
/** Letters of an id that a name shows, and letters of the digest that keeps names of different ids apart. */
const ID_LETTERS = 8;
const DIGEST_LETTERS = 8;
/** An id that no second session makes: a UUID, or sixteen hexadecimal digits and more, in small letters. */
const UNIQUE_ID = /^(?:[a-z]?[0-9a-f]{16,40}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
/** Letters and digits of any script, which a valid name may not have. */
const LOST_LETTER = /[^ -~]/;

const isBelow = (cwd: string, folder: string): boolean =>
  cwd === folder || cwd.startsWith(folder.endsWith('/') ? folder : `${folder}/`);

const digestFor = (text: string): string =>
  keyOf(text).toString(36).padStart(DIGEST_LETTERS, '0').slice(-DIGEST_LETTERS);

/** The text with `-` for characters that a name may not have; empty if nothing is left. */
const plain = (text: string): string => text.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9_]+/, '');

function cut(text: string): string {
  const short = plain(text).slice(0, LONGEST);
  return isProjectName(short) ? short : UNKNOWN;
}

/** A folder's name as a project name. A name that would lose letters gets a digest, so that no other folder has it. */
function asProject(name: string): string {
  const text = name.normalize('NFC');
  const short = plain(text);
  if (short.length <= LONGEST && !LOST_LETTER.test(text) && isProjectName(short)) return short;
  if (text === '') return UNKNOWN;
  const front = plain(text)
    .slice(0, LONGEST - DIGEST_LETTERS - 1)
    .replace(/[^A-Za-z0-9]+$/, '');
  return front === '' ? `project-${digestFor(text)}` : `${front}-${digestFor(text)}`;
}

const lastPart = (path: string): string => path.replace(/\/+$/, '').split('/').at(-1) ?? '';

/** The repository around a folder. */
export interface Repository {
  /** The folder itself, without links. */
  readonly folder: string;
  /** Root of the work tree that contains the folder. */
  readonly workTree: string;
  /** Folder that names the repository: the root of its main work tree, or of a bare one without `.git`. */
  readonly main: string;
}

/** The folder, and the same folder in the repository's main work tree. */
function placesOf(cwd: string, repository: Repository | null): readonly string[] {
  if (repository === null) return [cwd];
  const { folder, workTree, main } = repository;
  return [cwd, folder, `${main}${folder.slice(workTree.length)}`];
}

/**
 * The project of a folder: the configured one with the longest folder around it, else the name of its repository, else
 * its own name. All work trees of a repository are one project.
 */
export function projectOf(cwd: string | null, repository: Repository | null, folders: ProjectFolders): string {
  if (cwd === null) return UNKNOWN;
  for (const place of placesOf(cwd, repository)) {
    const [named] = [...folders.keys()].filter((folder) => isBelow(place, folder)).sort((a, b) => b.length - a.length);
    if (named !== undefined) return folders.get(named) as string;
  }
  return asProject(lastPart(repository?.main ?? cwd));
}

/**
 * `session-1a2b3c4d-KEY` for a session, `agent-ID` for an agent that it started. KEY is a digest of the whole id, because
 * ids may begin with the time. An agent's id that another session may use too gets a digest of both.
 */
export function workOf(session: string, agentId: string | null): string {
  if (agentId === null) return `session-${plain(session.slice(0, ID_LETTERS)).toLowerCase()}-${digestFor(session)}`;
  if (UNIQUE_ID.test(agentId)) return `agent-${agentId}`;
  const most = LONGEST - DIGEST_LETTERS - 'agent--'.length;
  return `agent-${plain(agentId).slice(0, most)}-${digestFor(`${session} ${agentId}`)}`;
}

/** The same name as earlier versions made it, out of fewer letters. Budgets may still have it. */
export const formerWorkOf = (session: string, agentId: string | null): string =>
  cut(agentId === null ? `session-${session.slice(0, ID_LETTERS)}` : `agent-${agentId}`);

/** Names that a session reported when it started; they take precedence over its present folder. */
export interface SessionName {
  readonly project: string;
  /** Name of the run that started the session; null without one. */
  readonly agent: string | null;
}

/** The name of an owner, and its name in earlier versions, which other owners may have had too. */
export interface OwnerName {
  readonly name: string;
  /** Null if it always had the same name. */
  readonly former: string | null;
}

/** `PROJECT/session-1a2b3c4d-KEY` for a session, `PROJECT/agent-ID` for an agent that it started. */
export function agentOf(
  { session, agentId, cwd }: Owner,
  repository: Repository | null,
  folders: ProjectFolders,
  given: SessionName | null = null,
): OwnerName {
  if (agentId === null && given !== null && given.agent !== null) return { name: given.agent, former: null };
  const project = given?.project ?? projectOf(cwd, repository, folders);
  const name = workOf(session, agentId);
  const former = formerWorkOf(session, agentId);
  return { name: `${project}/${name}`, former: former === name ? null : `${project}/${former}` };
}
