/**
 * Opt-in (`claude.reap_orphans`): ends the processes that Claude sessions have left behind, one session after the other,
 * outside the rounds of the monitor, which must not wait for slow processes.
 */

import { othersNow } from '../../core/reap/targets.ts';
import { messageOf } from '../../errors.ts';
import type { MonitorPorts } from '../../ports/monitor.ts';
import type { SessionOrphans } from '../../ports/reaper.ts';
import type { Snapshot } from '../../ports/snapshot.ts';
import { leftBySession, orphansEndedLine, orphansRecord, wouldEndOrphansLine } from '../../render/orphans.ts';

/** Time between two looks; each reads the environment of every new process. */
const LOOK_EVERY_MS = 60_000;

export class OrphanReaper {
  readonly #parts: MonitorPorts;
  #lookedAt: number | null = null;
  #running: Promise<void> | null = null;
  #isStopping = false;
  #said = new Set<string>();

  constructor(parts: MonitorPorts) {
    this.#parts = parts;
  }

  async consider({ environment }: Snapshot): Promise<void> {
    const { reaper, store, say, noKill, isDryRun } = this.#parts;
    const { now, settings } = environment;
    if (!settings.claude.reapOrphans || noKill || this.#running !== null) return;
    if (this.#lookedAt !== null && Math.abs(now - this.#lookedAt) < LOOK_EVERY_MS) return;
    this.#lookedAt = now;
    const found = await reaper.sessionOrphans(() => store.peek());
    if (!isDryRun) {
      this.#running = this.#end(found, settings.monitor.graceMs).finally(() => {
        this.#running = null;
      });
      return;
    }
    const lines = found.map((orphans) => wouldEndOrphansLine(leftBySession(orphans)));
    for (const line of lines) if (!this.#said.has(line)) say(line);
    this.#said = new Set(lines);
  }

  /** Resolves when no session's processes are being ended. */
  async settled(): Promise<void> {
    await this.#running;
  }

  /** Finishes the present session and begins no other. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#running;
  }

  async #end(found: readonly SessionOrphans[], graceMs: number): Promise<void> {
    const { reaper, store, history, say } = this.#parts;
    for (const orphans of found) {
      if (this.#isStopping) return;
      const left = leftBySession(orphans);
      try {
        const others = async () => othersNow(orphans.target, [], await store.peek());
        const ended = await reaper.end(orphans.target, { graceMs, isHard: false, others });
        // The processes ended by themselves.
        if (ended.terminated.length + ended.survivors.length === 0) continue;
        say(orphansEndedLine(left, ended));
        history.append(orphansRecord(left, ended));
      } catch (error) {
        say(`could not end what is left of ${left.name}: ${messageOf(error)}`);
      }
    }
  }
}
