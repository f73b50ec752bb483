/** Finds transcripts: sessions, subagents and workflows of Claude Code in every home, and rollouts of Codex. */
import { type Dirent, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Variables } from '../../ports/host.ts';

export interface TranscriptFile {
  readonly path: string;
  readonly kind: 'claude' | 'codex';
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
}

export interface Homes {
  /** Folders that contain one folder for each project. */
  readonly claude: readonly string[];
  readonly codex: string;
}

/** Homes from `CLAUDE_CONFIG_DIR` (a comma-separated list) and `CODEX_HOME`, or the defaults. */
export function homesOf(env: Variables): Homes {
  const home = env.HOME ?? '/';
  const named = (env.CLAUDE_CONFIG_DIR ?? '').split(',').flatMap((part) => part.trim() || []);
  const usual = [join(home, '.claude'), join(env.XDG_CONFIG_HOME || join(home, '.config'), 'claude')];
  const claude = (named.length > 0 ? named : usual).map((dir) =>
    basename(dir) === 'projects' ? dir : join(dir, 'projects'),
  );
  return { claude: [...new Set(claude)], codex: join(env.CODEX_HOME || join(home, '.codex'), 'sessions') };
}

export const isTranscript = (name: string): boolean => name.endsWith('.jsonl') && name !== 'journal.jsonl';

/** Entries of a folder; empty if it is absent or not readable. */
export function listFolder(folder: string): { readonly files: readonly string[]; readonly folders: readonly string[] } {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return { files: [], folders: [] };
  }
  const pathOf = ({ name }: Dirent): string => join(folder, name);
  return {
    files: entries.filter((entry) => !entry.isDirectory() && isTranscript(entry.name)).map(pathOf),
    folders: entries.filter((entry) => entry.isDirectory()).map(pathOf),
  };
}

/** Present state of the file; null if it is gone or not a regular file. */
export function lookAt(path: string, kind: TranscriptFile['kind']): TranscriptFile | null {
  try {
    const stat = statSync(path);
    return stat.isFile() ? { path, kind, ino: stat.ino, size: stat.size, mtimeMs: stat.mtimeMs } : null;
  } catch {
    return null;
  }
}

const isNested = ({ path }: TranscriptFile): boolean => path.includes('/subagents/');

/**
 * Order in which originals come before their copies: sessions before their subagents, older files first, rollouts by day.
 */
export function inReadingOrder(files: readonly TranscriptFile[]): TranscriptFile[] {
  const sessions = files.filter(({ kind }) => kind === 'claude');
  sessions.sort((a, b) => Number(isNested(a)) - Number(isNested(b)) || a.mtimeMs - b.mtimeMs);
  const rollouts = files.filter(({ kind }) => kind === 'codex').sort((a, b) => (a.path < b.path ? -1 : 1));
  return [...sessions, ...rollouts];
}
