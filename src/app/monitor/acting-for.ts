/**
 * `monitor.act_for`: root's monitor also cares for users of a shared state. It starts a round as each of them, one after the
 * other, at intervals, and at once while memory is critical.
 */

import type { MonitorPorts } from '../../ports/monitor.ts';
import type { Snapshot } from '../../ports/snapshot.ts';

const EVERY_MS = 30_000;

export class ActingFor {
  readonly #parts: MonitorPorts;
  readonly #complain: (message: string) => void;
  #begunAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | null = null;

  constructor(parts: MonitorPorts, complain: (message: string) => void) {
    this.#parts = parts;
    this.#complain = complain;
  }

  /** Begins the rounds if they are due. */
  consider({ state, environment }: Snapshot): void {
    const { actAs, isDryRun, steadyMs } = this.#parts;
    const { actFor } = environment.settings.monitor;
    if (actAs === null || isDryRun || actFor.length === 0 || this.#running !== null) return;
    if (state.vmState.health !== 'critical' && steadyMs() - this.#begunAt < EVERY_MS) return;
    this.#begunAt = steadyMs();
    this.#running = this.#rounds(actFor).finally(() => {
      this.#running = null;
    });
  }

  /** Resolves when no round runs. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #rounds(users: readonly string[]): Promise<void> {
    const { actAs, noKill } = this.#parts;
    for (const user of users) {
      const trouble = (await actAs?.(user, noKill)) ?? null;
      if (trouble !== null) this.#complain(`cannot act for ${user}: ${trouble}`);
    }
  }
}
