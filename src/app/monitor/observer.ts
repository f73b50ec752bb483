/** Puts a sample into the state, and keeps its figures where the state cannot be written. */
import type { ObserveCommand } from '../../core/commands/observe.ts';
import { isMaterial } from '../../core/health/material.ts';
import type { MachineSample } from '../../core/health/sample.ts';
import type { State } from '../../core/model/state.ts';
import { transition } from '../../core/transition.ts';
import type { MonitorPorts } from '../../ports/monitor.ts';
import type { Snapshot } from '../../ports/snapshot.ts';
import { eventText } from '../../render/event.ts';

const DEATHS_EVERY_MS = 5_000;

export class Observer {
  readonly #parts: MonitorPorts;
  readonly #onFailure: (error: unknown) => void;
  #seen: Snapshot | null = null;
  /** The figures that are not committed, with the clock that their instants are by. */
  #unwritten: Pick<State, 'vmState' | 'clock'> | null = null;

  constructor(parts: MonitorPorts, onFailure: (error: unknown) => void) {
    this.#parts = parts;
    this.#onFailure = onFailure;
  }

  /**
   * Commits the sample if something is due or a figure moved enough (`isMaterial`). Returns the resulting state: also when
   * it could not be written, because the rest of the round must not depend on that.
   */
  async observe(sample: MachineSample): Promise<Snapshot> {
    const { acts, isDryRun, say } = this.#parts;
    const command = { kind: 'observe', sample } as const;
    if (isDryRun) return this.#planned(command);
    const present = await this.#present(sample);
    const { state } = transition(this.#withUnwritten(present), command, present.environment);
    const isDue = present.isDue || this.#unwritten !== null || isMaterial(present.state.vmState, state.vmState);
    if (!isDue) return { ...present, state };
    const committed = await acts.begin(command);
    this.#unwritten = committed === null ? state : null;
    for (const event of committed?.events ?? []) say(eventText(event));
    return committed ?? { ...present, state };
  }

  /**
   * The state with the samples that were not committed, in a dry run and where it cannot be written. After the clock was
   * set, their series begins anew.
   */
  #withUnwritten({ state }: Snapshot): State {
    const { vmState, clock } = this.#unwritten ?? state;
    const isSameClock = clock?.at === state.clock?.at;
    return isSameClock && vmState !== state.vmState ? { ...state, vmState } : state;
  }

  async #planned(command: ObserveCommand): Promise<Snapshot> {
    const present = await this.#parts.store.read();
    const { state } = transition(this.#withUnwritten(present), command, present.environment);
    this.#unwritten = state;
    return { ...present, state };
  }

  /** The present state. Dead processes are looked for every few seconds, at more cost than the rest of a round. */
  async #present(sample: MachineSample): Promise<Snapshot> {
    const { store } = this.#parts;
    const last = this.#seen;
    try {
      if (last !== null && Math.abs(sample.at - last.environment.now) < DEATHS_EVERY_MS)
        return {
          ...last,
          state: await store.peek(),
          // The clock may have been set since the sample; the state is by the present one.
          environment: { ...last.environment, now: this.#parts.now() },
          isDue: false,
        };
      this.#seen = await store.read();
      return this.#seen;
    } catch (error) {
      if (last === null) throw error;
      // A state that cannot be read any more must not end the rounds; the last good one counts.
      this.#onFailure(error);
      return { ...last, environment: { ...last.environment, now: sample.at }, isDue: false };
    }
  }
}
