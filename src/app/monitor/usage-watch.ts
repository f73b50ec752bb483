/**
 * Opt-in (`claude.watch`): counts new usage in transcripts into the budgets. It has its own interval, because samples may be
 * half a minute apart and a budget must react within a second. Looks never overlap; a failed look is reported, and
 * the next one tries again.
 */

import type { MonitorPorts } from '../../ports/monitor.ts';
import type { Transcripts } from '../../ports/transcripts.ts';
import { usageText } from '../../render/text/amounts.ts';
import { UsageCounter } from '../count-usage.ts';

/** Time between the end of a look and the next one. A look lasts until all that is new is read; the first may take a minute. */
const BEAT_MS = 500;
/** The same without a budget, or with `claude.watch` off. */
const IDLE_BEAT_MS = 2_000;

/** Most bytes read at once; about a tenth of a second. */
const STEP_BYTES = 8 << 20;

type CountingParts = Pick<MonitorPorts, 'store' | 'openTranscripts' | 'openPrices' | 'now' | 'isDryRun' | 'say'>;

export class UsageWatch {
  readonly #parts: CountingParts;
  readonly #complain: (error: unknown) => void;
  #transcripts: Transcripts | null = null;
  #unwatch: (() => void) | null = null;
  #counter: UsageCounter | null = null;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<boolean> | null = null;
  #hasEnded = false;
  /** Paths that are reported as unreadable. */
  readonly #unreadable = new Set<string>();

  constructor(parts: CountingParts, complain: (error: unknown) => void) {
    this.#parts = parts;
    this.#complain = complain;
  }

  /** Looks repeatedly until `end`. */
  begin(): void {
    this.#next(BEAT_MS);
  }

  /** Stops looking; resolves when no look runs. */
  async end(): Promise<void> {
    this.#hasEnded = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#looking;
    this.#unwatch?.();
  }

  /** One look. Never rejects; resolves to false when there is nothing to count for. */
  look(): Promise<boolean> {
    this.#looking ??= this.#look()
      .catch((error) => {
        this.#complain(error);
        return true;
      })
      .finally(() => {
        this.#looking = null;
      });
    return this.#looking;
  }

  async #beat(): Promise<void> {
    const isWanted = await this.look();
    if (this.#hasEnded) return;
    if (isWanted) this.#unwatch ??= this.#transcripts?.watch() ?? null;
    this.#next(isWanted ? BEAT_MS : IDLE_BEAT_MS);
  }

  #next(afterMs: number): void {
    this.#timer = setTimeout(() => void this.#beat(), afterMs);
  }

  /** Without budgets it reads no transcripts. */
  async #look(): Promise<boolean> {
    const { store, openTranscripts, openPrices, now, isDryRun, say } = this.#parts;
    const settings = await store.settings();
    if (isDryRun || !settings.claude.watch) return false;
    const state = await store.peek();
    if (state.budgets.agents.length === 0) return false;
    this.#transcripts ??= await openTranscripts();
    const transcripts = this.#transcripts;
    // The monitor has other work in between.
    for (;;) {
      const { isDone, unreadable } = transcripts.read(STEP_BYTES);
      for (const path of unreadable) if (!this.#unreadable.has(path)) say(`cannot read ${path}: its usage is missing`);
      for (const path of unreadable) this.#unreadable.add(path);
      if (isDone) break;
      if (this.#hasEnded) return true;
      await new Promise(setImmediate);
    }
    transcripts.keep();
    this.#counter ??= new UsageCounter(store, transcripts, await openPrices());
    // Null while another process counts; the next look counts.
    for (const { agent, tokens, costMicroUsd } of (await this.#counter.countNew(state, settings, now())) ?? [])
      say(`counted for ${agent}: ${usageText({ tokens, costMicroUsd, timeMs: 0 })}`);
    return true;
  }
}
