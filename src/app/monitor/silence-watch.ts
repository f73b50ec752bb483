/** Looks for agents inside sessions that have ended without an event, and gives their slots back. */

import { SLEPT_MS, silentAgents } from '../../core/hooks/silence.ts';
import type { MonitorPorts } from '../../ports/monitor.ts';
import type { SignReader } from '../../ports/signs.ts';
import type { Snapshot } from '../../ports/snapshot.ts';
import { eventText } from '../../render/event.ts';

const LOOK_EVERY_MS = 10_000;
/** Rounds are more frequent than this; a longer gap means that this process was stopped. */
const ASLEEP_MS = 2 * 60_000;

export class SilenceWatch {
  readonly #parts: MonitorPorts;
  #signs: SignReader | null = null;
  /** Times of the stopwatch. */
  #lookedAt = Number.NEGATIVE_INFINITY;
  #roundAt: number | null = null;
  #awakeSince = Number.NEGATIVE_INFINITY;
  /** Suspended time at the last look. It begins at 0, so that earlier sleep counts as just ended. */
  #suspendedMs = 0;

  constructor(parts: MonitorPorts) {
    this.#parts = parts;
  }

  async consider({ state, environment }: Snapshot): Promise<void> {
    const { store, openSigns, isDryRun, say } = this.#parts;
    const { now, settings } = environment;
    const steadyMs = this.#parts.steadyMs();
    if (this.#roundAt !== null && steadyMs - this.#roundAt > ASLEEP_MS) this.#awakeSince = steadyMs;
    this.#roundAt = steadyMs;
    const everyMs = Math.min(LOOK_EVERY_MS, settings.hooks.silenceMs / 4);
    if (isDryRun || steadyMs - this.#lookedAt < everyMs) return;
    const trust = await store.trust();
    // The transcripts of another user's agents are that user's.
    const leases = state.leases.filter((lease) => trust.isOwn(lease));
    const spawned = leases.filter(({ spawn }) => spawn !== null);
    if (spawned.length === 0) return;
    this.#lookedAt = steadyMs;
    this.#signs ??= await openSigns();
    const signs = await this.#signs.look(spawned, state);
    if (signs.suspendedMs >= this.#suspendedMs + SLEPT_MS) this.#awakeSince = steadyMs;
    this.#suspendedMs = signs.suspendedMs;
    const found = silentAgents({ ...state, leases }, environment, signs, now - (steadyMs - this.#awakeSince));
    if (found === null) return;
    const { events } = await store.transact({ kind: 'session', do: 'silence', ...found });
    for (const event of events) say(eventText(event));
  }
}
