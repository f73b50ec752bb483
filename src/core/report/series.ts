/** Time series in equal steps, for plots. */
import type { Instant } from '../model/instants.ts';
import { amountIn } from '../model/published.ts';
import { type KeptRecord, numberIn } from '../model/record.ts';
import { SlotSweep } from './slot-sweep.ts';

/** Slots of one moment, and the samples nearest to it; null without data. */
export interface Figures {
  readonly slots: number | null;
  readonly capacity: number | null;
  readonly queued: number | null;
  readonly memoryPercent: number | null;
  readonly cpuPercent: number | null;
}

export interface SeriesPoint {
  readonly at: Instant;
  /** Averages over the step; null without data. */
  readonly slots: number | null;
  readonly capacity: number | null;
  readonly queued: number | null;
  readonly memoryPercent: number | null;
  readonly cpuPercent: number | null;
  /** The most at any moment of the step; null without data. */
  readonly most: Figures;
  readonly tokens: number;
  readonly costMicroUsd: number;
}

/** The samples of a step that have the figure. */
interface Samples {
  count: number;
  sum: number;
  most: number | null;
}

function add(samples: Samples, figure: number | null): void {
  if (figure === null) return;
  samples.count += 1;
  samples.sum += figure;
  samples.most = Math.max(samples.most ?? figure, figure);
}

const noSamples = (): Samples => ({ count: 0, sum: 0, most: null });
const meanOf = ({ count, sum }: Samples): number | null => (count === 0 ? null : sum / count);

interface Step {
  ms: number;
  slotMs: number;
  capacityMs: number;
  queuedMs: number;
  mostSlots: number;
  mostCapacity: number;
  mostQueued: number;
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
  mostSlots: 0,
  mostCapacity: 0,
  mostQueued: 0,
  memory: noSamples(),
  cpu: noSamples(),
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
  #memoryPercent: number | null = null;
  #cpuPercent: number | null = null;

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
      const [memory, cpu] = [numberIn(record, 'memory_percent'), numberIn(record, 'cpu_percent')];
      add(step.memory, memory);
      add(step.cpu, cpu);
      this.#memoryPercent = memory ?? this.#memoryPercent;
      this.#cpuPercent = cpu ?? this.#cpuPercent;
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
        most: {
          slots: step.ms === 0 ? null : step.mostSlots,
          capacity: step.ms === 0 ? null : step.mostCapacity,
          queued: step.ms === 0 ? null : step.mostQueued,
          memoryPercent: step.memory.most,
          cpuPercent: step.cpu.most,
        },
        tokens: step.tokens,
        costMicroUsd: step.costMicroUsd,
      };
    });
  }

  /** The figures at the end of the time; those of the machine are of the last samples that have them. */
  end(): Figures {
    const { used, capacity } = this.#sweep;
    const [memoryPercent, cpuPercent] = [this.#memoryPercent, this.#cpuPercent];
    return { slots: used, capacity, queued: this.#sweep.queued, memoryPercent, cpuPercent };
  }

  #stepAt(at: number): Step | undefined {
    return this.#steps[Math.min(this.#steps.length - 1, Math.floor((at - this.#since) / this.#stepMs))];
  }

  #spread(spanMs: number, from: Instant): void {
    const { used, capacity, queued } = this.#sweep;
    const end = Math.min(from + spanMs, this.#until);
    for (let at = Math.max(from, this.#since); at < end; ) {
      const step = this.#stepAt(at);
      if (step === undefined) return;
      const index = Math.floor((at - this.#since) / this.#stepMs);
      const next = Math.min(end, this.#since + (index + 1) * this.#stepMs);
      const ms = next - at;
      step.ms += ms;
      step.slotMs += used * ms;
      step.capacityMs += capacity * ms;
      step.queuedMs += queued * ms;
      step.mostSlots = Math.max(step.mostSlots, used);
      step.mostCapacity = Math.max(step.mostCapacity, capacity);
      step.mostQueued = Math.max(step.mostQueued, queued);
      // Rounding may leave a narrow step without progress.
      at = next > at ? next : at + 1;
    }
  }
}
