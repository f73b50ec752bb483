/**
 * The state in a folder: lock-free reads, and transactions that read, decide and commit under the lock. What is read
 * before the lock is used under it when the text is still the same, so holds are short.
 */
import { readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../core/environment.ts';
import type { Instant } from '../core/model/instants.ts';
import type { ProcessRef } from '../core/model/process-ref.ts';
import type { State } from '../core/model/state.ts';
import { processesIn } from '../core/named-processes.ts';
import { SAMPLE_STALE_MS } from '../core/settings/health.ts';
import type { Settings } from '../core/settings/settings.ts';
import { settle } from '../core/settle/settle.ts';
import type { Command } from '../core/transition.ts';
import { asksForSlots, transition } from '../core/transition.ts';
import { EXIT, ExpectedError } from '../errors.ts';
import { Superseded } from '../files/lock-contender.ts';
import type { FileMark, FileText, KnownText } from '../files/text-file.ts';
import { isUnchanged, readText, stillStands } from '../files/text-file.ts';
import type { Committed, Snapshot } from '../ports/snapshot.ts';
import type { Store } from '../ports/store.ts';
import { ConfigFile } from './config/config-file.ts';
import { renderSlots } from './document/render-slots.ts';
import { parseSlots, type SlotsDocument } from './document/slots-document.ts';
import { damaged } from './document/yaml-library.ts';
import { isQueuedIn } from './glance.ts';
import { commitText } from './lock/commit.ts';
import type { HeldLock } from './lock/lock.ts';
import { takeLock } from './lock/lock.ts';
import { withoutReasons } from './trust.ts';

export interface FileStoreOptions {
  readonly dir: string;
  readonly self: ProcessRef;
  /** `processKey`s of those that are proved dead. */
  readonly observe: (refs: readonly ProcessRef[]) => ReadonlySet<string>;
  readonly now: () => Instant;
  /** Gives up on the lock after this long, instead of the configured time. */
  readonly lockWaitMs?: number;
  /** Memory that is to be had now, in bytes; null where it cannot be told. */
  readonly memoryAvailable: () => number | null;
  /** Called after a commit, without the lock, with what happened: whoever asked to be told is told. */
  readonly tell?: (committed: Committed) => Promise<void>;
  /** Called after a command was carried out, without the lock, to keep what it did. */
  readonly keep?: (before: State, command: Command, committed: Committed) => Promise<void>;
  /** Called when there is no state yet; must make one. */
  readonly create: () => Promise<void>;
}

interface AppliedCommand {
  readonly before: State;
  readonly command: Command;
  readonly committed: Committed;
}

/** Someone who saves the file in an editor just as we commit makes us decide again; more often is not honest. */
const MAX_ATTEMPTS = 20;

export const SLOTS_FILE = 'slots.yaml';
const LOCK_DIR = 'slots.yaml.lock';

function sampledMemory({ vmState }: State, now: Instant): number | null {
  const isFresh = vmState.sampledAt !== null && Math.abs(now - vmState.sampledAt) <= SAMPLE_STALE_MS;
  return isFresh ? vmState.memoryAvailableBytes : null;
}

/**
 * A file that ends too early can be sound YAML all the same, and without its leases everyone's slots would be free. What
 * we write always has both lists; one that lost a list which the last good revision has was cut off.
 */
function refuseCutOff({ path, sections }: SlotsDocument): void {
  const missing = ['leases', 'queue'].find((key) => !sections.some((section) => section.key === key));
  if (missing === undefined || !readText(`${path}.bak`)?.text.includes(`\n${missing}:`)) return;
  const last = sections.at(-1);
  const line = last === undefined ? 1 : last.line + last.text.split('\n').length - 1;
  throw damaged(
    path,
    `, line ${line}, column 1`,
    `it seems cut off: ${missing} is missing; an empty list is ${missing}: []`,
  );
}

export async function lockState(options: FileStoreOptions, settings: Settings): Promise<HeldLock> {
  return takeLock(join(options.dir, LOCK_DIR), {
    self: options.self,
    isDead: (ref) => options.observe([ref]).size > 0,
    nowMs: options.now,
    timeoutMs: options.lockWaitMs ?? settings.lockWaitMs,
    hungAfterMs: settings.lockTakeoverMs,
  });
}

class FileStore implements Store {
  readonly dir: string;
  readonly #path: string;
  readonly #options: FileStoreOptions;
  readonly #config: ConfigFile;
  #document: SlotsDocument | null = null;
  /** What the document was read from or written as. */
  #text: KnownText | null = null;
  /** Of the file when `read` last read it; a commit of ours makes it another file. */
  #mark: FileMark | null = null;
  /** No other user can have written the file that was read last. */
  #isTrusted = true;
  /** The end of this process's own line: its transactions follow each other and do not fight for the lock. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: FileStoreOptions) {
    this.dir = options.dir;
    this.#path = join(options.dir, SLOTS_FILE);
    this.#options = options;
    this.#config = new ConfigFile(options.dir);
  }

  async read(): Promise<Snapshot> {
    const { document } = await this.#look();
    const environment = this.#environment(document.state, await this.#config.settings());
    const { state } = settle(document.state, environment);
    const due = transition(document.state, { kind: 'settle' }, environment).state;
    return { state: this.#shown(state), environment, repairs: document.repairs, isDue: due !== document.state };
  }

  /** Agents read it: a text that another user can have written would be an order to them. */
  #shown(state: State): State {
    return this.#isTrusted ? state : withoutReasons(state);
  }

  async peek(): Promise<State> {
    return (await this.#look()).document.state;
  }

  async transact(command: Command): Promise<Committed> {
    const [committed] = await this.transactAll([command]);
    return committed as Committed;
  }

  transactAll(commands: readonly Command[]): Promise<readonly Committed[]> {
    const done = this.#last.then(async () => {
      const applied = await this.#transact(commands);
      for (const one of applied) await this.#tell(one);
      return applied.map(({ committed }) => ({ ...committed, state: this.#shown(committed.state) }));
    });
    this.#last = done.catch(() => {});
    return done;
  }

  async #tell({ before, command, committed }: AppliedCommand): Promise<void> {
    if (before !== committed.state || committed.outcome.kind === 'denied') {
      // What was done is done, whether or not it can be kept.
      await this.#options.keep?.(before, command, committed).catch(() => {});
    }
    if (committed.events.length > 0 && committed.environment.settings.notify.length > 0) {
      // Telling never fails what was done.
      await this.#options.tell?.(committed).catch(() => {});
    }
  }

  settings(): Promise<Settings> {
    return this.#config.settings();
  }

  async plan(command: Command): Promise<Committed> {
    const { document } = await this.#load();
    const environment = this.#environment(document.state, await this.#config.settings(), asksForSlots(command));
    const done = transition(document.state, command, environment);
    return { ...done, environment, repairs: document.repairs, isDue: false };
  }

  stillQueued(ticket: string): boolean {
    try {
      return isQueuedIn(readFileSync(this.#path, 'utf8'), ticket);
    } catch {
      // The full read that follows says what is wrong.
      return false;
    }
  }

  watch(onChange: () => void): () => void {
    try {
      const watcher = watch(this.dir, (_event, name) => {
        if (name === null || name === SLOTS_FILE) onChange();
      });
      watcher.on('error', () => watcher.close());
      return () => watcher.close();
    } catch {
      return this.#watchByLooking(onChange);
    }
  }

  /** The kernel gives a user a limited number of watches (128 on many machines); beyond it one has to look. */
  #watchByLooking(onChange: () => void): () => void {
    let seen = readText(this.#path)?.mark ?? null;
    const timer = setInterval(() => {
      if (isUnchanged(this.#path, seen)) return;
      seen = readText(this.#path)?.mark ?? null;
      onChange();
    }, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }

  #environment(state: State, settings: Settings, isRequest = false): Environment {
    const { now, observe, memoryAvailable } = this.#options;
    // Where the machine itself does not tell, the monitor's last sample does.
    const isCounted = settings.slotMemoryBytes > 0 && (isRequest || state.queue.length > 0);
    const memoryAvailableBytes = isCounted ? (memoryAvailable() ?? sampledMemory(state, now())) : null;
    return { now: now(), settings, dead: observe(processesIn(state)), memoryAvailableBytes };
  }

  /** For readers: what was read still stands as long as the file has not been touched. */
  async #look(): Promise<{ readonly document: SlotsDocument }> {
    if (this.#document !== null && stillStands(this.#path, this.#mark)) return { document: this.#document };
    const loaded = await this.#load();
    this.#mark = loaded.file.mark;
    return loaded;
  }

  async #load(triesLeft = SAVING_TRIES): Promise<{ readonly file: FileText; readonly document: SlotsDocument }> {
    let file = readText(this.#path, this.#text);
    // Only a state that was never seen is made; one that vanished under our hands must not come back empty.
    if (file === null && this.#document === null) {
      await this.#options.create();
      file = readText(this.#path);
    }
    if (file === null)
      throw new ExpectedError('no-state', `${this.#path} does not exist`, {
        hint: 'resource-manager init',
        exit: EXIT.noSuchThing,
      });
    this.#isTrusted = file.mark.isTrusted;
    if (this.#document === null || this.#text?.text !== file.text) {
      try {
        const document = await parseSlots(this.#path, file.text, this.#document);
        refuseCutOff(document);
        this.#document = document;
        this.#text = file;
      } catch (error) {
        // An editor that saves in place is seen half-way through; what stays broken is broken.
        if (triesLeft === 0 || !(error instanceof ExpectedError) || error.exit !== EXIT.badFile) throw error;
        await new Promise((resolve) => setTimeout(resolve, SAVING_MS));
        return this.#load(triesLeft - 1);
      }
    }
    return { file, document: this.#document };
  }

  async #transact(commands: readonly Command[]): Promise<readonly AppliedCommand[]> {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      // 1. Look before the lock: the file, the configuration, the processes that the state names.
      const early = await this.#load();
      const settings = await this.#config.settings();
      const isRequest = commands.some(asksForSlots);
      const observed = this.#environment(early.document.state, settings, isRequest);

      const lock = await lockState(this.#options, settings);
      try {
        // 2. Under the lock, use what was read if it still stands.
        const { file, document } = await this.#load();
        const changed = document !== early.document;
        const environment = changed
          ? this.#environment(document.state, settings, isRequest)
          : { ...observed, now: this.#options.now() };

        // 3. Decide, each on what the one before it leaves.
        const done: AppliedCommand[] = [];
        let { state } = document;
        for (const command of commands) {
          const { state: next, outcome, events } = transition(state, command, environment);
          const snapshot = { state: next, environment, repairs: document.repairs, isDue: false };
          done.push({ before: state, command, committed: { ...snapshot, outcome, events } });
          state = next;
        }
        const isRefused = done.every(({ committed }) => committed.outcome.kind === 'refused');
        if (isRefused || (state === document.state && document.repairs.length === 0)) return done;

        // 4. Commit, unless a person saved the file meanwhile.
        const next = await renderSlots(document, state);
        if (!isUnchanged(this.#path, file.mark)) continue;
        this.#text = commitText(this.#path, next.text, file.mark, lock.folder);
        this.#document = next;
        return done;
      } catch (error) {
        if (!(error instanceof Superseded)) throw error;
      } finally {
        lock.release();
      }
    }
    throw new ExpectedError('changing', `${this.#path} is being changed by something else all the time`, {
      hint: 'close what keeps saving it, then run the command again',
      exit: EXIT.notNow,
    });
  }
}

const LOOK_EVERY_MS = 100;
/** A save in place is over within this. */
const SAVING_MS = 15;
const SAVING_TRIES = 3;

export const openFileStore = (options: FileStoreOptions): Store => new FileStore(options);
