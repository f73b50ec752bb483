/**
 * `monitor.textfile`: the metrics as a file, for a collector that reads it every 15 seconds or so. Written at once when
 * what people ask about has changed (who holds, who waits, budgets, health, capacity), and for the figures of the machine
 * every 15 seconds. It takes at most a 500th of the time: with ten thousand budgets it is written every minute or two.
 */

import type { State } from '../../core/model/state.ts';
import type { MonitorPorts } from '../../ports/monitor.ts';
import type { Snapshot } from '../../ports/snapshot.ts';
import { expositionText } from '../../render/metrics/exposition.ts';
import { metricFamilies } from '../../render/metrics/metrics.ts';

const FIGURES_EVERY_MS = 15_000;
/** Times what one writing takes until the next. */
const REST = 500;
/** One slow moment of the disk does not silence it for longer. */
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

  /** Throws ExpectedError when the file cannot be written; it is tried again when the next one is due. */
  consider(snapshot: Snapshot): void {
    if (this.#parts.isDryRun) return;
    const { textfile } = snapshot.environment.settings.monitor;
    if (textfile !== this.#folder) this.#written = null;
    this.#folder = textfile;
    if (textfile !== null && this.#isDue(snapshot)) this.#write(textfile, snapshot);
  }

  /** The last word of a monitor that ends: it watches no more. */
  end(state: State): void {
    const last = this.#written;
    if (this.#folder === null || last === null) return;
    const environment = { ...last.environment, now: this.#parts.now() };
    this.#write(this.#folder, { ...last, state: { ...state, monitor: null }, environment });
  }

  #isDue({ state, environment }: Snapshot): boolean {
    const last = this.#written;
    if (last === null) return true;
    // A clock that was set back must not silence it.
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
