/** The ports of the monitor. */
import type { MachineSample } from '../core/health/sample.ts';
import type { Instant } from '../core/model/instants.ts';
import type { ProcessRef } from '../core/model/process-ref.ts';
import type { Textfile } from './files.ts';
import type { History, HistoryReader } from './history.ts';
import type { Reaper } from './reaper.ts';
import type { SignReader } from './signs.ts';
import type { Store } from './store.ts';
import type { Transcripts } from './transcripts.ts';

/** What a monitor works with. */
export interface MonitorPorts {
  readonly store: Store;
  readonly reaper: Reaper;
  readonly history: History;
  readonly readHistory: () => Promise<HistoryReader>;
  readonly textfile: Textfile;
  readonly openTranscripts: () => Promise<Transcripts>;
  readonly openSigns: () => Promise<SignReader>;
  readonly self: ProcessRef;
  readonly now: () => Instant;
  readonly sample: () => Promise<MachineSample>;
  /** Of this program, for whoever reads its metrics. */
  readonly version: string;
  /** One line about what happened. */
  readonly say: (line: string) => void;
  /** Samples and decides, and does nothing. */
  readonly isDryRun: boolean;
  /** Ends no process. */
  readonly noKill: boolean;
}
