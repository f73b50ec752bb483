/**
 * `monitor.textfile`: writes the metrics to a file for a collector, at once when leases, queue, budgets, health or capacity
 * change, and every 15 seconds for the figures of the machine. Writing takes about a 500th of the time, so ten
 * thousand budgets are written every minute or two.
 */

import type { State } from '../../core/model/state.ts';
import type { MonitorPorts } from '../../ports/monitor.ts';
import type { Snapshot } from '../../ports/snapshot.ts';
import { expositionText } from '../../render/metrics/exposition.ts';
import { metricFamilies } from '../../render/metrics/metrics.ts';

const FIGURES_EVERY_MS = 15_000;
/** Pause after a write, as a multiple of its duration. */
const REST = 500;
/** Longest pause, in case one write was slow. */
const MOST_REST_MS = 120_000;

const isSame = (a: State, b: State): boolean =>
  a.leases === b.leases &&
  a.queue === b.queue &&
  a.budgets === b.budgets &&
  a.maxSlots === b.maxSlots &&
  a.monitor === b.monitor &&
  a.vmState.health === b.vmState.health &&
  a.vmState.effectiveMaxSlots === b.vmState.effectiveMaxSlots;

export class MetricsExporter {
  readonly #parts: MonitorPorts;
  #folder: string | null = null;
  #written: Snapshot | null = null;
  #tookMs = 0;

  constructor(parts: MonitorPorts) {
    this.#parts = parts;
  }

  /** Writes the file if it is due. Throws ExpectedError when it cannot be written; the next due time tries again. */
  consider(snapshot: Snapshot): void {
    if (this.#parts.isDryRun) return;
    const { textfile } = snapshot.environment.settings.monitor;
    if (textfile !== this.#folder) this.#written = null;
    this.#folder = textfile;
    if (textfile !== null && this.#isDue(snapshot)) this.#write(textfile, snapshot);
  }

  /** Writes the file a last time, without a monitor. */
  end(state: State): void {
    const last = this.#written;
    if (this.#folder === null || last === null) return;
    const environment = { ...last.environment, now: this.#parts.now() };
    this.#write(this.#folder, { ...last, state: { ...state, monitor: null }, environment });
  }

  #isDue({ state, environment }: Snapshot): boolean {
    const last = this.#written;
    if (last === null) return true;
    // `abs`, so that a clock set back does not stop the export.
    const passedMs = Math.abs(environment.now - last.environment.now);
    if (passedMs < Math.min(this.#tookMs * REST, MOST_REST_MS)) return false;
    return passedMs >= FIGURES_EVERY_MS || !isSame(last.state, state);
  }

  #write(folder: string, snapshot: Snapshot): void {
    const begun = performance.now();
    this.#written = snapshot;
    try {
      this.#parts.textfile.write(folder, expositionText(metricFamilies(snapshot, this.#parts.version)));
    } finally {
      this.#tookMs = performance.now() - begun;
    }
  }
}
