/** The ports of the monitor. */
import type { MachineSample } from '../core/health/sample.ts';
import type { ProcessRef } from '../core/model/process-ref.ts';
import type { Command } from '../core/transition.ts';
import type { Clock, Stopwatch } from './clock.ts';
import type { Textfile } from './files.ts';
import type { History, ReadHistory } from './history.ts';
import type { OpenPrices } from './prices.ts';
import type { Reaper } from './reaper.ts';
import type { OpenSigns } from './signs.ts';
import type { Committed } from './snapshot.ts';
import type { Store } from './store.ts';
import type { OpenTranscripts } from './transcripts.ts';

/** Records acts on processes; both never reject, and give null for an act that is not recorded (yet). */
export interface ActWriter {
  /** Waits a moment for the record. */
  begin(command: Command): Promise<Committed | null>;
  /** Waits until it is recorded or cannot be recorded. */
  write(command: Command): Promise<Committed | null>;
}

/** The place of this user's monitor in a state of several users. */
export interface MonitorPlace {
  /** Takes the place. Returns its holder if another monitor has it, else null. Throws system errors. */
  take(): ProcessRef | null;
  /** A sign of life. Returns the new holder if another monitor has taken the place, else null. */
  keep(): ProcessRef | null;
  leave(): void;
}

/** Null in a private state, which records its monitor itself. Throws system errors. */
export type OpenMonitorPlace = { openMonitorPlace(): Promise<MonitorPlace | null> };

/** Does a round of the monitor as this user. Resolves to what prevents it, else null. */
export type ActAs = (user: string, noKill: boolean) => Promise<string | null>;

/** Null for other users than root, and in a private state. */
export type OpenActAs = { openActAs(): Promise<ActAs | null> };

export interface MonitorPorts extends Clock, Stopwatch, ReadHistory, OpenTranscripts, OpenPrices, OpenSigns {
  readonly store: Store;
  readonly acts: ActWriter;
  readonly reaper: Reaper;
  readonly history: History;
  readonly textfile: Textfile;
  readonly self: ProcessRef;
  /** Null where the state records the monitor. */
  readonly place: MonitorPlace | null;
  /** Null where this monitor acts for its own user alone. */
  readonly actAs: ActAs | null;
  readonly sample: () => Promise<MachineSample>;
  /** Version of this program, for the metrics. */
  readonly version: string;
  /** Prints one line about an event. */
  readonly say: (line: string) => void;
  /** Only samples and decides. */
  readonly isDryRun: boolean;
  /** Ends no process. */
  readonly noKill: boolean;
}
