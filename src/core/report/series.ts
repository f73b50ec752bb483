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

interface Step {
  ms: number;
  slotMs: number;
  capacityMs: number;
  queuedMs: number;
  samples: number;
  memory: number;
  cpu: number;
  tokens: number;
  costMicroUsd: number;
}

const nothing = (): Step => ({
  ms: 0,
  slotMs: 0,
  capacityMs: 0,
  queuedMs: 0,
  samples: 0,
  memory: 0,
  cpu: 0,
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
      step.samples += 1;
      step.memory += numberIn(record, 'memory_percent') ?? 0;
      step.cpu += numberIn(record, 'cpu_percent') ?? 0;
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
      const mean = (sum: number): number | null => (step.samples === 0 ? null : sum / step.samples);
      return {
        at: Math.round(this.#since + at * this.#stepMs) as Instant,
        slots: over(step.slotMs),
        capacity: over(step.capacityMs),
        queued: over(step.queuedMs),
        memoryPercent: mean(step.memory),
        cpuPercent: mean(step.cpu),
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
