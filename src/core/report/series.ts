/** Time series in equal steps, for plots. */
import type { Instant } from '../model/instants.ts';
import { amountIn } from '../model/published.ts';
import type { KeptRecord } from '../model/record.ts';
import { numberIn } from '../model/record.ts';
import { SlotSweep } from './slot-sweep.ts';

export interface SeriesPoint {
  readonly at: Instant;
  /** Averages over the step; null without data. */
  readonly slots: number | null;
  readonly capacity: number | null;
  readonly queued: number | null;
  readonly memoryPercent: number | null;
  readonly cpuPercent: number | null;
  readonly tokens: number;
  readonly costMicroUsd: number;
}

/** The samples of a step that have the figure. */
interface Samples {
  count: number;
  sum: number;
}

function add(samples: Samples, figure: number | null): void {
  if (figure === null) return;
  samples.count += 1;
  samples.sum += figure;
}

const meanOf = ({ count, sum }: Samples): number | null => (count === 0 ? null : sum / count);

interface Step {
  ms: number;
  slotMs: number;
  capacityMs: number;
  queuedMs: number;
  readonly memory: Samples;
  readonly cpu: Samples;
  tokens: number;
  costMicroUsd: number;
}

const nothing = (): Step => ({
  ms: 0,
  slotMs: 0,
  capacityMs: 0,
  queuedMs: 0,
  memory: { count: 0, sum: 0 },
  cpu: { count: 0, sum: 0 },
  tokens: 0,
  costMicroUsd: 0,
});

export class Series {
  readonly #steps: Step[];
  readonly #sweep: SlotSweep;
  readonly #since: Instant;
  readonly #until: Instant;
  readonly #stepMs: number;
  #isBegun = false;

  constructor(capacity: number, since: Instant, until: Instant, steps: number) {
    this.#since = since;
    this.#until = until;
    this.#stepMs = Math.max(1, (until - since) / steps);
    this.#steps = Array.from({ length: steps }, nothing);
    this.#sweep = new SlotSweep(capacity, (ms, from) => this.#spread(ms, from));
  }

  take(record: KeptRecord): void {
    this.#sweep.take(record);
    this.#isBegun = true;
    const step = this.#stepAt(record.at);
    if (step === undefined) return;
    if (record.kind === 'sample') {
      add(step.memory, numberIn(record, 'memory_percent'));
      add(step.cpu, numberIn(record, 'cpu_percent'));
    }
    if (record.kind === 'usage') {
      step.tokens += amountIn(record, 'tokens');
      step.costMicroUsd += amountIn(record, 'costMicroUsd');
    }
  }

  points(): SeriesPoint[] {
    if (this.#isBegun) this.#sweep.upTo(this.#until);
    return this.#steps.map((step, at) => {
      const over = (sum: number): number | null => (step.ms === 0 ? null : sum / step.ms);
      return {
        at: Math.round(this.#since + at * this.#stepMs) as Instant,
        slots: over(step.slotMs),
        capacity: over(step.capacityMs),
        queued: over(step.queuedMs),
        memoryPercent: meanOf(step.memory),
        cpuPercent: meanOf(step.cpu),
        tokens: step.tokens,
        costMicroUsd: step.costMicroUsd,
      };
    });
  }

  #stepAt(at: number): Step | undefined {
    return this.#steps[Math.min(this.#steps.length - 1, Math.floor((at - this.#since) / this.#stepMs))];
  }

  #spread(spanMs: number, from: Instant): void {
    let queued = 0;
    for (const slots of this.#sweep.queuedBy.values()) queued += slots;
    const end = Math.min(from + spanMs, this.#until);
    for (let at = Math.max(from, this.#since); at < end; ) {
      const step = this.#stepAt(at);
      if (step === undefined) return;
      const index = Math.floor((at - this.#since) / this.#stepMs);
      const next = Math.min(end, this.#since + (index + 1) * this.#stepMs);
      const ms = next - at;
      step.ms += ms;
      step.slotMs += this.#sweep.used * ms;
      step.capacityMs += this.#sweep.capacity * ms;
      step.queuedMs += queued * ms;
      // Rounding may leave a narrow step without progress.
      at = next > at ? next : at + 1;
    }
  }
}
