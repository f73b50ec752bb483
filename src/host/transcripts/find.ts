/**
 * Finds transcripts: sessions, subagents and workflows of Claude Code in every home, and rollouts of Codex, active and
 * archived. Both may be compressed, linked or renamed.
 */

import { type Dirent, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { errnoOf, orElse } from '../../errors.ts';
import type { Variables } from '../../ports/host.ts';
import { configHome, findHome, foldersIn } from '../home.ts';

export type Kind = 'claude' | 'codex';

export interface TranscriptFile {
  readonly path: string;
  readonly kind: Kind;
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
}

export interface Homes {
  /** Folders that contain one folder for each project. */
  readonly claude: readonly string[];
  /** Folders of rollouts. */
  readonly codex: readonly string[];
}

/** Folders of rollouts below a home of Codex. */
const CODEX_FOLDERS = ['sessions', 'archived_sessions'];

/**
 * Homes from `CLAUDE_CONFIG_DIR` and `CODEX_HOME` (comma-separated lists), or the defaults. Without HOME, as in a system
 * service, the home is the one in the password database.
 */
export function homesOf(env: Variables, home: string = findHome(env) ?? '/'): Homes {
  const named = foldersIn(env.CLAUDE_CONFIG_DIR ?? '', home);
  const usual = [
    join(home, '.claude'),
    join(
      configHome(env, () => home),
      'claude',
    ),
  ];
  const claude = (named.length > 0 ? named : usual).map((dir) =>
    basename(dir) === 'projects' ? dir : join(dir, 'projects'),
  );
  const rollouts = foldersIn(env.CODEX_HOME || join(home, '.codex'), home);
  const codex = rollouts.flatMap((dir) =>
    CODEX_FOLDERS.includes(basename(dir)) ? [dir] : CODEX_FOLDERS.map((name) => join(dir, name)),
  );
  return { claude: [...new Set(claude)], codex: [...new Set(codex)] };
}

/** True for the name of a transcript, also of a compressed or renamed one: S1.jsonl.gz, S1.jsonl.bak. */
export const isTranscript = (name: string): boolean =>
  /\.jsonl(?:[.~-].*)?$/i.test(name) && !name.startsWith('journal.');

/** The kind of entry behind a link; null if it leads nowhere. */
function behind(path: string): 'file' | 'folder' | null {
  return orElse(() => (statSync(path).isDirectory() ? 'folder' : 'file'), null);
}

/**
 * Entries of a folder, with those behind links; nothing if the folder is absent. Unreadable are the folder itself, and
 * links that lead nowhere.
 */
export function listFolder(folder: string) {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    return { files: [], folders: [], unreadable: errnoOf(error) === 'ENOENT' ? [] : [folder] };
  }
  const listing = { files: [] as string[], folders: [] as string[], unreadable: [] as string[] };
  for (const entry of entries) {
    const path = join(folder, entry.name);
    const kind = entry.isSymbolicLink() ? behind(path) : entry.isDirectory() ? 'folder' : 'file';
    if (kind === 'folder') listing.folders.push(path);
    else if (kind === null) listing.unreadable.push(path);
    else if (isTranscript(entry.name)) listing.files.push(path);
  }
  return listing;
}

/** Present state of the file; null if it is gone or not a regular file. */
export function lookAt(path: string, kind: Kind): TranscriptFile | null {
  const stat = orElse(() => statSync(path), null);
  return stat?.isFile() ? { path, kind, ino: stat.ino, size: stat.size, mtimeMs: stat.mtimeMs } : null;
}

const isNested = ({ path }: TranscriptFile): boolean => path.includes('/subagents/');

/**
 * Order in which originals come before their copies: sessions before their subagents, older files first, rollouts by the
 * time in their names.
 */
export function inReadingOrder(files: readonly TranscriptFile[]): TranscriptFile[] {
  const sessions = files.filter(({ kind }) => kind === 'claude');
  sessions.sort((a, b) => Number(isNested(a)) - Number(isNested(b)) || a.mtimeMs - b.mtimeMs);
  const named = files.filter(({ kind }) => kind === 'codex').map((file) => ({ file, name: basename(file.path) }));
  named.sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
  return [...sessions, ...named.map(({ file }) => file)];
}
