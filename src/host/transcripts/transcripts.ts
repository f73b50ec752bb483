/**
 * Reads growing transcripts: from each file only the part added since the last look. A file that was replaced, is
 * shorter, or has other bytes before that position is read again as a whole.
 */
import { closeSync, readSync } from 'node:fs';
import { FNV_BASIS, fnvStep } from '../../core/digest.ts';
import { DAY_MS, type Instant } from '../../core/model/instants.ts';
import type { ProcessRef } from '../../core/model/process-ref.ts';
import type { ProjectFolders } from '../../core/settings/usage.ts';
import { agentOf, type OwnerName, type Repository } from '../../core/usage/attribution.ts';
import { BEFORE_ROLLOUT, hasOddCount, type RolloutState, rolloutStep } from '../../core/usage/codex.ts';
import { ResponseLedger } from '../../core/usage/ledger.ts';
import { hasOddFigure, type Owner, responsesIn } from '../../core/usage/response.ts';
import { MOST_BYTES, openRegular } from '../../files/regular-file.ts';
import type { Variables } from '../../ports/host.ts';
import type { CountingTurn, Transcripts, TranscriptsReading } from '../../ports/transcripts.ts';
import { repositoryOf } from '../repository.ts';
import { SessionNames } from '../sessions/names.ts';
import { beginCounting } from './counted.ts';
import { homesOf, type TranscriptFile } from './find.ts';
import { loadKept, type Position, saveKept } from './kept.ts';
import { KnownFiles } from './known-files.ts';
import { eachLine, eachLineOf, entriesIn, shrinkBuffer } from './lines.ts';
import { packingOf, unpacked } from './packed.ts';

/** Responses are remembered for this long: transcripts are removed after 30 days; copies may come later. */
const KEEP_MS = 60 * DAY_MS;
const KEEP_RESPONSES = 1_000_000;
/** Least new bytes worth saving: reading fewer again is faster. A process that keeps reading saves less often. */
const KEEP_EVERY_BYTES = 256 << 10;
/** So few responses are saved with every new byte, because their files may be rewritten without them. */
const FEW_RESPONSES = 4_000;
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
function checkBefore(readAt: (bytes: Buffer, at: number) => void, end: number): number {
  const length = Math.min(CHECK_BYTES, end);
  const bytes = Buffer.alloc(2 * length);
  readAt(bytes.subarray(0, length), 0);
  readAt(bytes.subarray(length), end - length);
  let check = FNV_BASIS;
  for (const byte of bytes) check = fnvStep(check, byte);
  return check >>> 0;
}

const inFile =
  (fd: number) =>
  (bytes: Buffer, at: number): void => {
    readSync(fd, bytes, 0, bytes.length, at);
  };

const plainOf = (path: string, packing: string): string => path.slice(0, -packing.length - 1);

class Reader implements Transcripts {
  readonly ledger: ResponseLedger;
  readonly #options: TranscriptsOptions;
  readonly #positions: Map<string, Position>;
  readonly #roots = new Map<string, string>();
  readonly #repositories = new Map<string, Repository | null>();
  readonly #known: KnownFiles;
  readonly #names: SessionNames;
  #renamed = new Set<string>();
  /** Files of the last look that are not read yet, and those of it that cannot be read. */
  #left: TranscriptFile[] = [];
  #unreadable: string[] = [];
  /** True while files of a full listing are left. */
  #isWhole = false;
  /** Positions by the number of their file; null until a new file needs them. */
  #byIno: Map<number, Position> | null = null;
  /** Bytes read since the last save. */
  #unkept = 0;
  #keptAt = Number.NEGATIVE_INFINITY;
  #unparsed = 0;

  constructor(options: TranscriptsOptions) {
    this.#options = options;
    this.#known = new KnownFiles(homesOf(options.env));
    this.#names = new SessionNames(options.dir);
    const { positions, columns } = loadKept(options.dir);
    this.#positions = positions;
    this.ledger = new ResponseLedger(columns);
    for (const { rollout } of positions.values()) if (rollout !== null) this.#roots.set(rollout.session, rollout.root);
  }

  read(most = Number.POSITIVE_INFINITY): TranscriptsReading {
    for (const session of this.#names.refresh()) this.#renamed.add(session);
    if (this.#left.length === 0) this.#look();
    let bytes = 0;
    while (this.#left.length > 0 && bytes < most) {
      const file = this.#left[0] as TranscriptFile;
      const read = this.#readFile(file, Math.min(most, KEEP_AGAIN_BYTES));
      if (read.isDone) this.#left.shift();
      bytes += read.bytes;
      this.#unkept += read.bytes;
      if (this.#unkept >= KEEP_AGAIN_BYTES) this.#keepProgress();
    }
    shrinkBuffer();
    const isDone = this.#left.length === 0;
    if (isDone && this.#isWhole) this.#forgetGone();
    const unparsed = this.#unparsed;
    return { files: this.#known.size, bytes, isDone, unparsed, unreadable: this.#unreadable };
  }

  watch(): () => void {
    return this.#known.watch();
  }

  #look(): void {
    const { files, isWhole, unreadable } = this.#known.look(this.#options.now());
    this.#left = files.filter((file) => {
      const known = this.#positions.get(file.path);
      return known?.ino !== file.ino || known.size !== file.size || known.mtimeMs !== file.mtimeMs;
    });
    this.#isWhole = isWhole;
    this.#byIno = null;
    this.#unreadable = [...unreadable];
    this.#unparsed = 0;
  }

  #forgetGone(): void {
    for (const path of this.#positions.keys()) if (!this.#known.has(path)) this.#positions.delete(path);
  }

  /** The position in this file, or in the one that was moved or compressed into it. */
  #positionOf({ path, ino }: TranscriptFile, packing: string | null): Position | null {
    const own = this.#positions.get(path);
    if (own !== undefined) return own;
    if (packing !== null) return this.#positions.get(plainOf(path, packing)) ?? null;
    this.#byIno ??= new Map([...this.#positions.values()].map((position) => [position.ino, position]));
    return this.#byIno.get(ino) ?? null;
  }

  /** Reads up to `most` new bytes. */
  #readFile(file: TranscriptFile, most: number): { readonly bytes: number; readonly isDone: boolean } {
    const packing = packingOf(file.path);
    const known = this.#positionOf(file, packing);
    try {
      return packing === null ? this.#readPlain(file, known, most) : this.#readPacked(file, known, packing);
    } catch {
      // While a file is being compressed, both are there.
      if (packing === null || !this.#known.has(plainOf(file.path, packing))) this.#unreadable.push(file.path);
      return { bytes: 0, isDone: true };
    }
  }

  #readPlain(file: TranscriptFile, known: Position | null, most: number) {
    const { fd } = openRegular(file.path, { mostBytes: MOST_BYTES.lines });
    try {
      const readAt = inFile(fd);
      const isGrown = known !== null && known.ino === file.ino && file.size >= known.end;
      const from = isGrown && checkBefore(readAt, known.end) === known.check ? known.end : 0;
      const take = this.#take(file, from === 0 ? null : (known?.rollout ?? null));
      const end = eachLine(fd, from, take.marks, take.line, most);
      const isDone = end - from < most;
      // A file that is read in part counts as changed.
      this.#note(file, isDone ? file.size : -1, end, checkBefore(readAt, end), take.rollout());
      return { bytes: Math.max(0, (isDone ? file.size : end) - from), isDone };
    } finally {
      closeSync(fd);
    }
  }

  #readPacked(file: TranscriptFile, known: Position | null, packing: string) {
    const text = unpacked(file.path, packing);
    const readAt = (bytes: Buffer, at: number): void => {
      text.copy(bytes, 0, at);
    };
    const isGrown = known !== null && text.length >= known.end;
    const from = isGrown && checkBefore(readAt, known.end) === known.check ? known.end : 0;
    const take = this.#take(file, from === 0 ? null : (known?.rollout ?? null));
    eachLineOf(text, from, take.marks, (line) => take.line(line, true));
    this.#note(file, file.size, text.length, checkBefore(readAt, text.length), take.rollout());
    return { bytes: text.length - from, isDone: true };
  }

  #note(
    { path, ino, mtimeMs }: TranscriptFile,
    size: number,
    end: number,
    check: number,
    rollout: Position['rollout'],
  ) {
    if (rollout !== null) this.#roots.set(rollout.session, rollout.root);
    this.#positions.set(path, { ino, size, mtimeMs, end, check, rollout });
  }

  #take({ kind }: TranscriptFile, before: RolloutState | null) {
    if (kind === 'claude') {
      const line = (bytes: Buffer, isWhole: boolean): void => {
        if (!bytes.includes(ASSISTANT)) return;
        for (const entry of this.#parsed(bytes, isWhole)) {
          if (hasOddFigure(entry) && isWhole) this.#unparsed += 1;
          for (const response of responsesIn(entry)) this.ledger.add(response);
        }
      };
      return { marks: CLAUDE_MARKS, line, rollout: () => null };
    }
    let rollout = before ?? BEFORE_ROLLOUT;
    const line = (bytes: Buffer, isWhole: boolean): void => {
      for (const entry of this.#parsed(bytes, isWhole)) {
        if (hasOddCount(entry) && isWhole) this.#unparsed += 1;
        const step = rolloutStep(rollout, entry, (thread) => this.#roots.get(thread) ?? thread);
        rollout = step.state;
        if (step.response !== null) this.ledger.add(step.response);
      }
    };
    return { marks: CODEX_MARKS, line, rollout: () => rollout };
  }

  #parsed(bytes: Buffer, isWhole: boolean): readonly unknown[] {
    const { entries, isTorn } = entriesIn(bytes.toString('utf8'));
    if (isTorn && isWhole) this.#unparsed += 1;
    return entries;
  }

  nameOf(owner: Owner, projects: ProjectFolders): OwnerName {
    return agentOf(owner, this.#repository(owner.cwd), projects, this.#names.nameOf(owner.session));
  }

  takeRenamed(): ReadonlySet<string> {
    const renamed = this.#renamed;
    this.#renamed = new Set();
    return renamed;
  }

  #repository(cwd: string | null): Repository | null {
    if (cwd === null) return null;
    let found = this.#repositories.get(cwd);
    if (found === undefined) {
      found = repositoryOf(cwd);
      this.#repositories.set(cwd, found);
    }
    return found;
  }

  keep(): void {
    const now = this.#options.now();
    const least = this.ledger.size <= FEW_RESPONSES ? 1 : KEEP_EVERY_BYTES;
    if (this.#unkept < (this.#options.keepEveryBytes ?? least)) return;
    if (this.#unkept < KEEP_AGAIN_BYTES && Math.abs(now - this.#keptAt) < KEEP_AGAIN_MS) return;
    this.#keptAt = now;
    this.ledger.forget(now - KEEP_MS, KEEP_RESPONSES);
    saveKept(this.#options.dir, this.#positions, this.ledger.columns);
    this.#unkept = 0;
  }

  /** Saves in the middle of a long reading, so that a killed process has not read in vain. */
  #keepProgress(): void {
    try {
      this.keep();
    } catch {
      // `keep` at the end of the reading reports the cause.
    }
  }

  beginCounting(): CountingTurn | null {
    const { dir, self, isDead, now } = this.#options;
    return beginCounting(dir, { self: self(), isDead, nowMs: now });
  }
}

/** Opens this user's transcripts with the saved positions; reads none yet. */
export const openTranscripts = (options: TranscriptsOptions): Transcripts => new Reader(options);
