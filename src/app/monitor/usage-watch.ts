/**
 * Counts what transcripts newly say into the budgets, where a person wants that. It has a beat of its own, for samples of the
 * machine may be half a minute apart: a decision on a budget is to follow a line within a second. One look at a time;
 * one that fails is told, and the next one tries again.
 */

import type { MonitorPorts } from '../../ports/monitor.ts';
import type { Transcripts } from '../../ports/transcripts.ts';
import { amountsText } from '../../render/text/amounts.ts';
import { UsageCounter } from '../count-usage.ts';

/** From the end of a look to the next one: half a second is left for a slow disk. */
const BEAT_MS = 500;
/** Where nothing is to be counted, for want of a budget or of the wish. */
const IDLE_BEAT_MS = 2_000;

type CountingParts = Pick<MonitorPorts, 'store' | 'openTranscripts' | 'now' | 'isDryRun' | 'say'>;

export class UsageWatch {
  readonly #parts: CountingParts;
  readonly #complain: (error: unknown) => void;
  #transcripts: Transcripts | null = null;
  #unwatch: (() => void) | null = null;
  #counter: UsageCounter | null = null;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<boolean> | null = null;
  #hasEnded = false;

  constructor(parts: CountingParts, complain: (error: unknown) => void) {
    this.#parts = parts;
    this.#complain = complain;
  }

  /** Looks again and again until `end`. */
  begin(): void {
    this.#next(BEAT_MS);
  }

  /** Resolves when nothing is under way. What was read stays known. */
  async end(): Promise<void> {
    this.#hasEnded = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#looking;
    this.#unwatch?.();
  }

  /** One look. Never rejects; whether anybody wants anything counted. */
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

  /** Nothing is read while nobody has a budget. */
  async #look(): Promise<boolean> {
    const { store, openTranscripts, now, isDryRun, say } = this.#parts;
    const settings = await store.settings();
    if (isDryRun || !settings.claude.watch) return false;
    const state = await store.peek();
    if (state.budgets.agents.length === 0) return false;
    this.#transcripts ??= await openTranscripts();
    const transcripts = this.#transcripts;
    transcripts.read();
    transcripts.keep();
    this.#counter ??= new UsageCounter(store, transcripts);
    // Null where another process counts now: what it did not read is counted with the next look.
    for (const { agent, tokens, costMicroUsd } of (await this.#counter.countNew(state, settings, now())) ?? [])
      say(`counted for ${agent}: ${amountsText({ tokens, costMicroUsd, timeMs: 0 })}`);
    return true;
  }
}
