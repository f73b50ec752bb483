/** The ports of the monitor. */
import type { MachineSample } from '../core/health/sample.ts';
import type { ProcessRef } from '../core/model/process-ref.ts';
import type { Clock } from './clock.ts';
import type { Textfile } from './files.ts';
import type { History, ReadHistory } from './history.ts';
import type { OpenPrices } from './prices.ts';
import type { Reaper } from './reaper.ts';
import type { OpenSigns } from './signs.ts';
import type { Store } from './store.ts';
import type { OpenTranscripts } from './transcripts.ts';

export interface MonitorPorts extends Clock, ReadHistory, OpenTranscripts, OpenPrices, OpenSigns {
  readonly store: Store;
  readonly reaper: Reaper;
  readonly history: History;
  readonly textfile: Textfile;
  readonly self: ProcessRef;
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
