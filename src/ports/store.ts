/** The port to the state on disk. */
import type { LastBeat } from '../core/model/beat.ts';
import type { ProcessRef } from '../core/model/process-ref.ts';
import type { State } from '../core/model/state.ts';
import type { Settings } from '../core/settings/settings.ts';
import type { Command } from '../core/transition.ts';
import type { Trust } from '../core/trust/trust.ts';
import type { ExpectedError } from '../errors.ts';
import type { Committed, Snapshot } from './snapshot.ts';

/** The state on disk. Every call may throw ExpectedError (65, 73, 74, 75, 77, 78). */
export interface Store {
  readonly dir: string;
  /** Reads without the lock; expired times and dead processes are already settled. */
  read(): Promise<Snapshot>;
  /**
   * From now on a damaged state is read as its last good revision: ending processes must not depend on it. `onDamage` gets
   * a sentence at each such read. Nothing is written to a damaged state.
   */
  actOnLastGood(onDamage: (text: string) => void): void;
  /** The state as in the file, without settling; cheaper than `read`. */
  peek(): Promise<State>;
  /** Keys of slots.yaml that are no setting, but are spelled or placed almost like one. */
  unusedKeys(): Promise<readonly string[]>;
  /** Carries one command out under the lock; durable when it returns. */
  transact(command: Command): Promise<Committed>;
  /** Carries out these commands in order as one commit: all are durable when it returns, or none is done. */
  transactAll(commands: readonly Command[]): Promise<readonly Committed[]>;
  /** True if another user can have written the state that was read last. */
  isShared(): boolean;
  /** The configuration in force. */
  settings(): Promise<Settings>;
  /** The result that `transact` would have now; changes nothing. */
  plan(command: Command): Promise<Committed>;
  /** Tells which leases this user may act on: all of them, unless other users may write to the state. */
  trust(): Promise<Trust>;
  /** The process that holds the lock now; null for none, `unknown` if that cannot be read. */
  lockHolder(): ProcessRef | null | 'unknown';
  /** Gives a sign of life of this process and others, if they may be unseen elsewhere; the next follows in `everyMs`. Never throws. */
  beat(refs: readonly ProcessRef[], everyMs: number): void;
  /** Gives a sign of life of all processes of the state that live in this container; elsewhere it does nothing. */
  witness(): Promise<void>;
  /** The same as `beat` for a monitor, which keeps its place by it wherever it runs. */
  keepPlace(everyMs: number): void;
  /** Null if the process has never given one. */
  lastBeat(ref: ProcessRef): LastBeat | null;
  /** True while the ticket waits in the file; cheap enough for every change of the file. */
  stillQueued(ticket: string): boolean;
  /** Calls back at each change of the state until the returned function is called. */
  watch(onChange: () => void): () => void;
}

export interface InitPlan {
  readonly maxSlots: number | null;
  readonly maxPerProject: number | null;
  /** Makes the one pool of the machine, for several users. */
  readonly system: boolean;
  /** Name or number of the group that shares it; null leaves the group of the user who makes it. */
  readonly group: string | null;
}

export interface InitResult {
  readonly dir: string;
  readonly created: boolean;
  readonly maxSlots: number;
  readonly maxPerProject: number;
  /** Name of the group whose members share the pool; null for a pool of one user. */
  readonly group: string | null;
}

/** The state that this run works on; makes it from the template when there is none. */
export type OpenStore = { openStore(): Promise<Store> };

/** Makes the state and says how it was sized. Throws ExpectedError 64, 66, 73, 74 or 77. */
export type MakeState = { makeState(plan: InitPlan): Promise<InitResult> };

/** Whether the state can be written, and the room for it. */
export interface FolderCheck {
  /** Null if it can be written. */
  readonly failure: ExpectedError | null;
  /** User whose folder it is, if it may not be written; else null. */
  readonly owner: number | null;
  /** Bytes that this user may still use; null if it cannot be read. */
  readonly freeBytes: number | null;
}

export interface StateFolder {
  /** Tries whether the state can be written. */
  checkFolder(): Promise<FolderCheck>;
  /** Whether there is a state, without making one. */
  hasState(): Promise<boolean>;
  /** Whether a last good revision is kept that can be read. */
  hasBackup(): Promise<boolean>;
  /** Puts the last good revision in the place of a damaged state; false when there was nothing to do or no way. */
  restoreState(): Promise<boolean>;
}
