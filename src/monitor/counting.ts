/** Counts what transcripts newly say into the budgets, where a person wants that. Costs a look at what changed. */
import type { Snapshot, Transcripts } from '../context.ts';
import { countUsage } from '../count-usage.ts';
import { amountsText } from '../render/amounts.ts';
import type { Parts } from './parts.ts';

const LOOK_EVERY_MS = 5_000;

export class Counting {
  readonly #parts: Parts;
  #transcripts: Transcripts | null = null;
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** Something was read and is not counted yet. */
  #isOwed = true;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Nothing is read while nobody has a budget. */
  async consider({ state, environment }: Snapshot): Promise<void> {
    const { store, openTranscripts, isDryRun, say } = this.#parts;
    const { now, settings } = environment;
    if (isDryRun || !settings.claude.watch || state.budgets.agents.length === 0) return;
    if (Math.abs(now - this.#lookedAt) < LOOK_EVERY_MS) return;
    this.#lookedAt = now;
    this.#transcripts ??= await openTranscripts();
    const transcripts = this.#transcripts;
    if (transcripts.read().bytes > 0) this.#isOwed = true;
    transcripts.keep();
    if (!this.#isOwed) return;
    const counted = await countUsage(store, transcripts, { agent: null, isAll: false });
    // Another process counts now; what it did not read is counted with the next look.
    this.#isOwed = counted === null;
    for (const { agent, tokens, costMicroUsd } of counted ?? [])
      say(`counted for ${agent}: ${amountsText({ tokens, costMicroUsd, timeMs: 0 })}`);
  }
}
