/** The ports of the monitor. */
import type { MachineSample } from '../core/health/sample.ts';
import type { ProcessRef } from '../core/model/process-ref.ts';
import type { Clock } from './clock.ts';
import type { Textfile } from './files.ts';
import type { History, ReadHistory } from './history.ts';
import type { Reaper } from './reaper.ts';
import type { OpenSigns } from './signs.ts';
import type { Store } from './store.ts';
import type { OpenTranscripts } from './transcripts.ts';

export interface MonitorPorts extends Clock, ReadHistory, OpenTranscripts, OpenSigns {
  readonly store: Store;
  readonly reaper: Reaper;
  readonly history: History;
  readonly textfile: Textfile;
  readonly self: ProcessRef;
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
