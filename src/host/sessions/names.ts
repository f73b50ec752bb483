/**
 * Names of sessions for later readers of their transcripts: one line for each session, appended by its start hook. The
 * state drops an ended session, but its transcript stays and keeps its name.
 */
import { mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SessionName } from '../../core/usage/attribution.ts';
import { replaceFile } from '../../files/atomic.ts';
import { ownPlace } from '../../files/own-folder.ts';
import { appendRegular, readRegularText } from '../../files/regular-file.ts';

const MOST_BYTES = 1 << 20;

/** Throws system errors. */
const fileIn = (dir: string): string =>
  join(ownPlace(dir), `transcripts-${process.geteuid?.() ?? 0}`, 'sessions.jsonl');

/** Records a name; never throws. A session without a recorded name is named after its folder. */
export function nameSession(dir: string, session: string, { project, agent }: SessionName): void {
  try {
    const file = fileIn(dir);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    appendRegular(file, `${JSON.stringify({ session, project, agent })}\n`, 0o600);
    if (statSync(file).size <= MOST_BYTES) return;
    const lines = readRegularText(file).split('\n');
    replaceFile(file, Buffer.from(lines.slice(lines.length >> 1).join('\n')));
  } catch {
    // The disk is full, or the folder is not writable.
  }
}

function nameIn(line: string): { readonly session: string; readonly name: SessionName } | null {
  try {
    const { session, project, agent } = JSON.parse(line);
    if (typeof session !== 'string' || typeof project !== 'string') return null;
    return { session, name: { project, agent: typeof agent === 'string' ? agent : null } };
  } catch {
    return null;
  }
}

/** Names from the file, read again after it changes. */
export class SessionNames {
  readonly #dir: string;
  #mark = '';
  readonly #names = new Map<string, SessionName>();

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Reads added lines; returns the sessions that got their first or another name. */
  refresh(): ReadonlySet<string> {
    const changed = new Set<string>();
    try {
      const file = fileIn(this.#dir);
      const { size, mtimeMs, ino } = statSync(file);
      const mark = `${ino} ${size} ${mtimeMs}`;
      if (mark === this.#mark) return changed;
      this.#mark = mark;
      for (const line of readRegularText(file).split('\n')) {
        const found = nameIn(line);
        if (found === null) continue;
        const { session, name } = found;
        const known = this.#names.get(session);
        if (known?.project === name.project && known.agent === name.agent) continue;
        this.#names.set(session, name);
        changed.add(session);
      }
    } catch {
      // There is no file, or it is being replaced.
    }
    return changed;
  }

  nameOf(session: string): SessionName | null {
    return this.#names.get(session) ?? null;
  }
}
