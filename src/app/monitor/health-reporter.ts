/** Reports each change of the machine's health, and of the slots that it allows. */
import type { MonitorPorts } from '../../ports/monitor.ts';
import type { Snapshot } from '../../ports/snapshot.ts';

export class HealthReporter {
  readonly #parts: Pick<MonitorPorts, 'say'>;
  #health: string | null = null;
  #capacity: number | null = null;

  constructor(parts: Pick<MonitorPorts, 'say'>) {
    this.#parts = parts;
  }

  consider({ state }: Snapshot): void {
    const { health, reason, effectiveMaxSlots } = state.vmState;
    if (health !== this.#health && !(this.#health === null && health === 'healthy'))
      this.#parts.say(`${health}${reason === null ? '' : `: ${reason}`}`);
    if (
      effectiveMaxSlots !== this.#capacity &&
      (this.#capacity !== null || (effectiveMaxSlots ?? state.maxSlots) < state.maxSlots)
    )
      this.#parts.say(`${effectiveMaxSlots ?? state.maxSlots} of ${state.maxSlots} slots may be used`);
    this.#health = health;
    this.#capacity = effectiveMaxSlots;
  }
}
