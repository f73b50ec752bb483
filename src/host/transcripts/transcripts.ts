/**
 * Reads growing transcripts: from each file only the part added since the last look. A file that was replaced, is
 * shorter, or has other bytes before that position is read again as a whole.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { FNV_BASIS, fnvStep } from '../../core/digest.ts';
import type { Instant } from '../../core/model/instants.ts';
import { DAY_MS } from '../../core/model/instants.ts';
import type { ProcessRef } from '../../core/model/process-ref.ts';
import type { ProjectFolders } from '../../core/settings/usage.ts';
import { agentOf } from '../../core/usage/attribution.ts';
import type { RolloutState } from '../../core/usage/codex.ts';
import { BEFORE_ROLLOUT, rolloutStep } from '../../core/usage/codex.ts';
import { ResponseLedger } from '../../core/usage/ledger.ts';
import type { Owner } from '../../core/usage/response.ts';
import { responsesIn } from '../../core/usage/response.ts';
import type { Variables } from '../../ports/host.ts';
import type { CountingTurn, Transcripts, TranscriptsReading } from '../../ports/transcripts.ts';
import { gitRootOf } from '../git-root.ts';
import { SessionNames } from '../sessions/names.ts';
import { beginCounting } from './counted.ts';
import type { TranscriptFile } from './find.ts';
import { homesOf } from './find.ts';
import type { Position } from './kept.ts';
import { loadKept, saveKept } from './kept.ts';
import { KnownFiles } from './known-files.ts';
import { eachLine, shrinkBuffer } from './lines.ts';

/** Responses are remembered for this long: transcripts are removed after 30 days; copies may come later. */
const KEEP_MS = 60 * DAY_MS;
const KEEP_RESPONSES = 1_000_000;
/** Least new bytes worth saving: reading fewer again is faster. A process that keeps reading saves less often. */
const KEEP_EVERY_BYTES = 256 << 10;
const KEEP_AGAIN_BYTES = 32 << 20;
const KEEP_AGAIN_MS = 10 * 60_000;
const CHECK_BYTES = 1024;

/** Marks of relevant lines. In a JSON string the quotes would be escaped. */
const CLAUDE_MARKS = [Buffer.from('"usage"')];
const CODEX_MARKS = [
  '"token_count"',
  '"token_usage_record"',
  '"session_meta"',
  '"turn_context"',
  '"thread_settings_applied"',
  '"web_search_call"',
].map((mark) => Buffer.from(mark));
const ASSISTANT = Buffer.from('"assistant"');

export interface TranscriptsOptions {
  readonly dir: string;
  readonly env: Variables;
  readonly now: () => Instant;
  readonly self: () => ProcessRef;
  /** True only for a process that is proved to be dead. */
  readonly isDead: (ref: ProcessRef) => boolean;
  /** Least new bytes for a save. */
  readonly keepEveryBytes?: number;
}

/** Digest of the first bytes and of the bytes before `end`; it stays equal while the file only grows. */
function checkBefore(fd: number, end: number): number {
  const bytes = Buffer.alloc(2 * Math.min(CHECK_BYTES, end));
  readSync(fd, bytes, 0, bytes.length / 2, 0);
  readSync(fd, bytes, bytes.length / 2, bytes.length / 2, end - bytes.length / 2);
  let check = FNV_BASIS;
  for (const byte of bytes) check = fnvStep(check, byte);
  return check >>> 0;
}

class Reader implements Transcripts {
  readonly ledger: ResponseLedger;
  readonly #options: TranscriptsOptions;
  readonly #positions: Map<string, Position>;
  readonly #roots = new Map<string, string>();
  readonly #gitRoots = new Map<string, string | null>();
  readonly #known: KnownFiles;
  readonly #names: SessionNames;
  #renamed = new Set<string>();
  /** Bytes read since the last save. */
  #unkept = 0;
  #keptAt = Number.NEGATIVE_INFINITY;
  #unparsed = 0;

  constructor(options: TranscriptsOptions) {
    this.#options = options;
    this.#known = new KnownFiles(homesOf(options.env));
    this.#names = new SessionNames(options.dir);
    const { positions, known, owners } = loadKept(options.dir);
    this.#positions = positions;
    this.ledger = new ResponseLedger(known, owners);
    for (const { rollout } of positions.values()) if (rollout !== null) this.#roots.set(rollout.session, rollout.root);
  }

  read(): TranscriptsReading {
    for (const session of this.#names.refresh()) this.#renamed.add(session);
    const { files, isWhole } = this.#known.look(this.#options.now());
    if (isWhole) this.#forgetAllBut(files);
    this.#unparsed = 0;
    const unreadable: string[] = [];
    let bytes = 0;
    for (const file of files) {
      const known = this.#positions.get(file.path);
      const isSame = known?.ino === file.ino && known.size === file.size && known.mtimeMs === file.mtimeMs;
      if (isSame) continue;
      try {
        bytes += this.#readFile(file, known ?? null);
      } catch {
        unreadable.push(file.path);
      }
    }
    shrinkBuffer();
    this.#unkept += bytes;
    return { files: this.#known.size, bytes, unparsed: this.#unparsed, unreadable };
  }

  watch(): () => void {
    return this.#known.watch();
  }

  #forgetAllBut(files: readonly TranscriptFile[]): void {
    const present = new Set(files.map(({ path }) => path));
    for (const path of this.#positions.keys()) if (!present.has(path)) this.#positions.delete(path);
  }

  /** New bytes. */
  #readFile(file: TranscriptFile, known: Position | null): number {
    const fd = openSync(file.path, 'r');
    try {
      const isGrown = known !== null && known.ino === file.ino && file.size >= known.end;
      const from = isGrown && checkBefore(fd, known.end) === known.check ? known.end : 0;
      const take = this.#take(file, from === 0 ? null : (known?.rollout ?? null));
      const marks = file.kind === 'claude' ? CLAUDE_MARKS : CODEX_MARKS;
      const end = eachLine(fd, from, marks, take.line);
      const { ino, size, mtimeMs } = file;
      const rollout = take.rollout();
      if (rollout !== null) this.#roots.set(rollout.session, rollout.root);
      this.#positions.set(file.path, { ino, size, mtimeMs, end, check: checkBefore(fd, end), rollout });
      return Math.max(0, file.size - from);
    } finally {
      closeSync(fd);
    }
  }

  #take({ kind }: TranscriptFile, before: RolloutState | null) {
    if (kind === 'claude') {
      const line = (bytes: Buffer, isWhole: boolean): void => {
        if (!bytes.includes(ASSISTANT)) return;
        for (const response of responsesIn(this.#parsed(bytes, isWhole))) this.ledger.add(response);
      };
      return { line, rollout: () => null };
    }
    let rollout = before ?? BEFORE_ROLLOUT;
    const line = (bytes: Buffer, isWhole: boolean): void => {
      const step = rolloutStep(rollout, this.#parsed(bytes, isWhole), (thread) => this.#roots.get(thread) ?? thread);
      rollout = step.state;
      if (step.response !== null) this.ledger.add(step.response);
    };
    return { line, rollout: () => rollout };
  }

  #parsed(bytes: Buffer, isWhole: boolean): unknown {
    try {
      return JSON.parse(bytes.toString('utf8'));
    } catch {
      if (isWhole) this.#unparsed += 1;
      return null;
    }
  }

  nameOf(owner: Owner, projects: ProjectFolders): string {
    return agentOf(owner, this.#gitRoot(owner.cwd), projects, this.#names.nameOf(owner.session));
  }

  takeRenamed(): ReadonlySet<string> {
    const renamed = this.#renamed;
    this.#renamed = new Set();
    return renamed;
  }

  #gitRoot(cwd: string | null): string | null {
    if (cwd === null) return null;
    let root = this.#gitRoots.get(cwd);
    if (root === undefined) {
      root = gitRootOf(cwd);
      this.#gitRoots.set(cwd, root);
    }
    return root;
  }

  keep(): void {
    const now = this.#options.now();
    if (this.#unkept < (this.#options.keepEveryBytes ?? KEEP_EVERY_BYTES)) return;
    if (this.#unkept < KEEP_AGAIN_BYTES && Math.abs(now - this.#keptAt) < KEEP_AGAIN_MS) return;
    this.#keptAt = now;
    this.ledger.forget(now - KEEP_MS, KEEP_RESPONSES);
    this.ledger.adopt(saveKept(this.#options.dir, this.#positions, this.ledger.entries()));
    this.#unkept = 0;
  }

  beginCounting(): CountingTurn | null {
    const { dir, self, isDead, now } = this.#options;
    return beginCounting(dir, { self: self(), isDead, nowMs: now });
  }
}

/** Opens this user's transcripts with the saved positions; reads none yet. */
export const openTranscripts = (options: TranscriptsOptions): Transcripts => new Reader(options);
