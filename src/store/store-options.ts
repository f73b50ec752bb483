/** The options of a store. */
import type { Instant } from '../core/model/instants.ts';
import type { ProcessRef } from '../core/model/process-ref.ts';
import type { State } from '../core/model/state.ts';
import type { Moment } from '../core/settle/clock.ts';
import type { Command } from '../core/transition.ts';
import type { Beats } from '../files/beats.ts';
import type { MemoryProbe } from '../ports/health.ts';
import type { Committed } from '../ports/snapshot.ts';
import type { StateTexts } from './template.ts';

export interface FileStoreOptions {
  readonly dir: string;
  readonly self: ProcessRef;
  /** `processKey`s of the proved dead processes. */
  readonly observe: (refs: readonly ProcessRef[]) => ReadonlySet<string>;
  readonly now: () => Instant;
  /** Reads the clocks together; without it, instants in the state are taken as they are. */
  readonly moment?: () => Moment;
  /** Gives up on the lock after this long, instead of the configured time. */
  readonly lockWaitMs?: number;
  /** Signs of life of processes in other pid namespaces; without them such processes count as alive. */
  readonly beats?: Beats;
  /** Memory for a request; null if it cannot be read. */
  readonly memory: MemoryProbe;
  /** Called after a commit with events, without the lock, to start the `notify` commands. */
  readonly notify?: (committed: Committed) => Promise<void>;
  /** Called after a command changed the state or was denied, without the lock. */
  readonly recordHistory?: (before: State, command: Command, committed: Committed) => Promise<void>;
  /** Called when there is no state yet; must make one. */
  readonly create: () => Promise<void>;
  /** The texts of the state that `create` would make, for readers: they create nothing. */
  readonly textsOfNew: () => Promise<StateTexts>;
}
