/** Where transcripts are: sessions, their subagents and workflows of Claude Code in every home, rollouts of Codex. */
import { type Dirent, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface TranscriptFile {
  readonly path: string;
  readonly kind: 'claude' | 'codex';
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
}

export interface Homes {
  /** Folders with a folder for each project. */
  readonly claude: readonly string[];
  readonly codex: string;
}

/** A folder of sessions is not so deep, and one that leads back to itself ends here. */
const DEEPEST = 8;

/** `CLAUDE_CONFIG_DIR` (some, between commas) and `CODEX_HOME`, or where they are by default. */
export function homesOf(env: Environment): Homes {
  const home = env.HOME ?? '/';
  const named = (env.CLAUDE_CONFIG_DIR ?? '').split(',').flatMap((part) => part.trim() || []);
  const usual = [join(home, '.claude'), join(env.XDG_CONFIG_HOME || join(home, '.config'), 'claude')];
  const claude = (named.length > 0 ? named : usual).map((dir) =>
    basename(dir) === 'projects' ? dir : join(dir, 'projects'),
  );
  return { claude: [...new Set(claude)], codex: join(env.CODEX_HOME || join(home, '.codex'), 'sessions') };
}

function* filesBelow(folder: string, depth = DEEPEST): Generator<string> {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    // There is none, or it is not ours.
    return;
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && depth > 0) yield* filesBelow(path, depth - 1);
    else if (entry.name.endsWith('.jsonl') && entry.name !== 'journal.jsonl') yield path;
  }
}

/** What the file is now; null when it is gone or is no file. */
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
 * Every transcript, in the order in which copies are told from what was copied: sessions before what they started, older
 * ones first, rollouts by their day.
 */
export function findTranscripts({ claude, codex }: Homes): TranscriptFile[] {
  const found = (folder: string, kind: TranscriptFile['kind']): TranscriptFile[] =>
    [...filesBelow(folder)].flatMap((path) => lookAt(path, kind) ?? []);
  const sessions = claude.flatMap((folder) => found(folder, 'claude'));
  sessions.sort((a, b) => Number(isNested(a)) - Number(isNested(b)) || a.mtimeMs - b.mtimeMs);
  const rollouts = found(codex, 'codex').sort((a, b) => (a.path < b.path ? -1 : 1));
  return [...sessions, ...rollouts];
}
