/**
 * The state in a folder: lock-free reads, and transactions that read, decide and commit under the lock. To keep
 * holds short, the file is parsed before the lock, and under it only if the text changed.
 */
import { join } from 'node:path';
import type { Environment } from '../core/environment.ts';
import type { LastBeat } from '../core/model/beat.ts';
import type { Instant } from '../core/model/instants.ts';
import type { ProcessRef } from '../core/model/process-ref.ts';
import type { State } from '../core/model/state.ts';
import { processesIn } from '../core/named-processes.ts';
import { SAMPLE_STALE_MS } from '../core/settings/health.ts';
import type { Settings } from '../core/settings/settings.ts';
import { inPresentTime, isInPresentTime, type PresentState } from '../core/settle/clock.ts';
import { settle } from '../core/settle/settle.ts';
import { asksForSlots, type Command, declaresMemory, transition } from '../core/transition.ts';
import type { Trust } from '../core/trust/trust.ts';
import { EXIT, ExpectedError, orElse } from '../errors.ts';
import { Superseded } from '../files/lock-contender.ts';
import { holderOfLock } from '../files/lock-folder.ts';
import { isUnchanged } from '../files/text-file.ts';
import { textInState } from '../files/trust.ts';
import type { Committed, Snapshot } from '../ports/snapshot.ts';
import type { Store } from '../ports/store.ts';
import { type AppliedCommand, withEvents } from './applied-command.ts';
import { renderSlots } from './document/render-slots.ts';
import type { SlotsDocument } from './document/slots-document.ts';
import { isQueuedIn } from './glance.ts';
import { sweepLeftovers } from './leftovers.ts';
import { LOCK_DIR, lockState } from './lock/lock-state.ts';
import { keepSettledIds, withKnownIds } from './settled-ids.ts';
import { needsBeats, silentIn, sweepBeats, witness } from './signs-of-life.ts';
import { SLOTS_FILE, StateFile } from './state-file.ts';
import type { FileStoreOptions } from './store-options.ts';
import { trustIn, vouchFor, withoutTexts } from './trust.ts';
import { watchFile } from './watch-file.ts';

/** An editor that saves the file just before our commit makes us decide again; more saves are no coincidence. */
const MAX_ATTEMPTS = 20;

function sampledMemory({ vmState }: State, now: Instant): number | null {
  const isFresh = vmState.sampledAt !== null && Math.abs(now - vmState.sampledAt) <= SAMPLE_STALE_MS;
  return isFresh ? vmState.memoryAvailableBytes : null;
}

/** A state in the time of the moment at which it was looked at. */
interface Present extends PresentState {
  readonly now: Instant;
}

class FileStore implements Store {
  readonly dir: string;
  readonly #options: FileStoreOptions;
  readonly #file: StateFile;
  /** The last document whose instants moved, with its present state, so that an unchanged document gives the same state. */
  #moved: { readonly document: SlotsDocument; readonly present: PresentState } | null = null;
  /** This process's last transaction; the next one waits for it instead of competing for the lock. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: FileStoreOptions) {
    this.dir = options.dir;
    this.#options = options;
    this.#file = new StateFile(options);
  }

  async read(): Promise<Snapshot> {
    const document = await this.#file.look();
    const present = this.#present(document, await this.settings());
    const environment = this.#environment(present, await this.settings());
    const { state } = settle(present.state, environment);
    const due = transition(present.state, { kind: 'settle' }, environment).state;
    const isDue = present.isMoved || due !== present.state;
    return { state: this.#shown(state), environment, repairs: document.repairs, isDue };
  }

  actOnLastGood(onDamage: (text: string) => void): void {
    this.#file.actOnLastGood(onDamage);
  }

  isShared(): boolean {
    return !this.#file.isTrusted;
  }

  /** Agents obey what they read, so a text that another user can have written is removed. */
  #shown(state: State): State {
    return this.#file.isTrusted ? state : withoutTexts(state);
  }

  async peek(): Promise<State> {
    const document = await this.#file.look();
    return this.#present(document, await this.settings()).state;
  }

  async unusedKeys(): Promise<readonly string[]> {
    const document = await this.#file.look();
    return (await import('./document/unused-keys.ts')).unusedKeys(document);
  }

  async transact(command: Command): Promise<Committed> {
    const [committed] = await this.transactAll([command]);
    return committed as Committed;
  }

  transactAll(commands: readonly Command[]): Promise<readonly Committed[]> {
    const done = this.#last.then(async () => {
      const applied = await this.#transact(commands);
      this.#witness(commands, applied);
      for (const command of applied) await this.#publish(command);
      return applied.map(({ committed }) => ({ ...committed, state: this.#shown(committed.state) }));
    });
    this.#last = done.catch(() => {});
    return done;
  }

  /** A command in a container is a witness of the processes there. */
  #witness(commands: readonly Command[], applied: readonly AppliedCommand[]): void {
    const { beats, self } = this.#options;
    const last = applied.at(-1)?.committed;
    if (beats === undefined || last === undefined) return;
    witness(last.state, last.environment, self, beats);
    sweepBeats(last.state, commands, self, beats);
  }

  async witness(): Promise<void> {
    const { beats, self } = this.#options;
    if (beats === undefined || !needsBeats(self)) return;
    const { state, environment } = await this.read();
    witness(state, environment, self, beats);
  }

  beat(refs: readonly ProcessRef[], everyMs: number): void {
    const { beats, self } = this.#options;
    if (beats !== undefined && needsBeats(self)) for (const ref of [self, ...refs]) beats.write(ref, everyMs);
  }

  keepPlace(everyMs: number): void {
    this.#options.beats?.write(this.#options.self, everyMs);
  }

  lastBeat(ref: ProcessRef): LastBeat | null {
    const { beats } = this.#options;
    const beat = orElse(() => beats?.read(ref) ?? null, null);
    return beat === null || beats === undefined ? null : { everyMs: beat.everyMs, ageMs: beats.ageMs(beat) };
  }

  async #publish({ before, command, committed }: AppliedCommand): Promise<void> {
    if (before !== committed.state || committed.events.length > 0 || committed.outcome.kind === 'denied') {
      // A failed history entry must not fail the command.
      await this.#options.recordHistory?.(before, command, committed).catch(() => {});
    }
    if (committed.events.length > 0 && committed.environment.settings.notify.length > 0) {
      // Nor must a failed notice.
      await this.#options.notify?.(committed).catch(() => {});
    }
  }

  settings(): Promise<Settings> {
    return this.#file.settings();
  }

  async plan(command: Command): Promise<Committed> {
    const document = await this.#file.look();
    const present = this.#present(document, await this.settings());
    const environment = this.#environment(present, await this.settings(), [command]);
    const done = transition(present.state, command, environment);
    return { ...done, environment, repairs: document.repairs, isDue: false };
  }

  async trust(): Promise<Trust> {
    return trustIn(this.dir);
  }

  lockHolder(): ProcessRef | null | 'unknown' {
    return holderOfLock(join(this.dir, LOCK_DIR));
  }

  stillQueued(ticket: string): boolean {
    // The full read that follows reports an error.
    return orElse(() => isQueuedIn(textInState(this.#file.path)?.text ?? '', ticket), false);
  }

  watch(onChange: () => void): () => void {
    return watchFile(this.dir, SLOTS_FILE, onChange);
  }

  /** The document's state by the present clock. */
  #present(document: SlotsDocument, settings: Settings): Present {
    const { moment: read, now } = this.#options;
    const moment = read?.() ?? { now: now(), clock: null };
    const last = this.#moved;
    if (last?.document === document && isInPresentTime(last.present.state, moment))
      return { ...last.present, now: moment.now };
    const present = inPresentTime(document.state, moment, settings);
    if (present.state !== document.state) this.#moved = { document, present };
    return { ...present, now: moment.now };
  }

  #environment({ state, now }: Present, settings: Settings, commands: readonly Command[] = []): Environment {
    const { memory } = this.#options;
    const isCounted = settings.slotMemoryBytes > 0 && (state.queue.length > 0 || commands.some(asksForSlots));
    const read = isCounted || commands.some(declaresMemory) ? memory() : null;
    return {
      now,
      settings,
      dead: this.#deadIn(state),
      here: this.#options.self,
      // If the machine gives no figure, the monitor's last sample does.
      memoryAvailableBytes: read?.availableBytes ?? (isCounted ? sampledMemory(state, now) : null),
      memoryTotalBytes: read?.totalBytes ?? null,
    };
  }

  #deadIn(state: State): ReadonlySet<string> {
    const { observe, beats, self } = this.#options;
    const dead = observe(processesIn(state));
    const silent = beats === undefined ? [] : silentIn(state, self, beats);
    return silent.length === 0 ? dead : new Set([...dead, ...silent]);
  }

  async #transact(commands: readonly Command[]): Promise<readonly AppliedCommand[]> {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      // 1. Before the lock, read the file, the configuration and the processes in the state.
      const early = await this.#file.load();
      const settings = await this.#file.soundSettings();
      const observed = this.#environment(this.#present(early.document, settings), settings, commands);

      const lock = await lockState(this.#options, settings);
      try {
        // 2. Under the lock, reuse that if the text is the same.
        const { file, document } = await this.#file.load(true);
        const changed = document !== early.document;
        const present = this.#present(document, settings);
        const environment = changed
          ? this.#environment(present, settings, commands)
          : { ...observed, now: present.now };
        // 3. Apply the commands, each to the last result.
        const done: AppliedCommand[] = [];
        let { state } = present;
        for (const command of withKnownIds(this.dir, state, commands)) {
          const { state: next, outcome, events } = transition(state, command, environment);
          const snapshot = { state: next, environment, repairs: document.repairs, isDue: false };
          done.push({ before: state, command, committed: { ...snapshot, outcome, events } });
          state = next;
        }
        const isRefused = done.every(({ committed }) => committed.outcome.kind === 'refused');
        const isSame = state === present.state && !present.isMoved;
        if (isRefused || (isSame && document.repairs.length === 0)) return done;
        // 4. Commit, unless an editor saved the file.
        keepSettledIds(this.dir, document.state, state);
        const removeVouchers = await vouchFor(this.dir, done);
        const next = await renderSlots(document, state);
        if (!isUnchanged(this.#file.path, file.mark)) continue;
        this.#file.commit(next, file.mark, lock.folder);
        removeVouchers();
        sweepLeftovers(this.dir, file.mark);
        return withEvents(done, present.events);
      } catch (error) {
        if (!(error instanceof Superseded)) throw error;
      } finally {
        lock.release();
      }
    }
    throw new ExpectedError('changing', `${this.#file.path} is being changed by something else all the time`, {
      hint: 'close what keeps saving it, then run the command again',
      exit: EXIT.notNow,
    });
  }
}

export const openFileStore = (options: FileStoreOptions): Store => new FileStore(options);
