/**
 * The rounds of the monitor: sample, decide, write, release the slots of dead holders, end agents. A failed round is
 * reported, and the next one tries again.
 */

import type { ObserveCommand } from '../../core/commands/observe.ts';
import { limitsOf } from '../../core/health/limits.ts';
import { isMaterial } from '../../core/health/material.ts';
import { nextSampleMs } from '../../core/health/next-sample.ts';
import type { MachineSample } from '../../core/health/sample.ts';
import { type ProcessRef, sameProcess } from '../../core/model/process-ref.ts';
import type { State } from '../../core/model/state.ts';
import { isMonitored } from '../../core/monitored.ts';
import { transition } from '../../core/transition.ts';
import { messageOf } from '../../errors.ts';
import type { MonitorPorts } from '../../ports/monitor.ts';
import type { Snapshot } from '../../ports/snapshot.ts';
import { movesText } from '../../render/budget.ts';
import { eventText } from '../../render/event.ts';
import { sampleRecord } from '../../render/history/journal.ts';
import { AbandonedReaper } from './abandoned-reaper.ts';
import { ActingFor } from './acting-for.ts';
import { ForecastRecorder } from './forecast-recorder.ts';
import { LeasePauser } from './lease-pauser.ts';
import { MetricsExporter } from './metrics-exporter.ts';
import { OrphanReaper } from './orphan-reaper.ts';
import { OwnView } from './own-view.ts';
import { SilenceWatch } from './silence-watch.ts';
import { UsageWatch } from './usage-watch.ts';
import { VictimReaper } from './victim-reaper.ts';

/** Time between two records of process trees: they change fast, but listing processes is expensive. */
const RECORD_EVERY_MS = 10_000;
const DEATHS_EVERY_MS = 5_000;
/** The same failure is reported again after this time. */
const REPEAT_MS = 60_000;
const HISTORY_EVERY_MS = 60_000;

export interface Tick {
  readonly snapshot: Snapshot;
  readonly sample: MachineSample;
}

export class Monitor {
  readonly #parts: MonitorPorts;
  readonly #victimReaper: VictimReaper;
  readonly #pauser: LeasePauser;
  readonly #abandonedReaper: AbandonedReaper;
  readonly #ownView: OwnView;
  readonly #actingFor: ActingFor;
  readonly #silence: SilenceWatch;
  readonly #orphanReaper: OrphanReaper;
  readonly #usageWatch: UsageWatch;
  readonly #exporter: MetricsExporter;
  readonly #forecastRecorder: ForecastRecorder;
  readonly #said = new Map<string, number>();
  #health: string | null = null;
  #capacity: number | null = null;
  #seen: Snapshot | null = null;
  /** The figures that are not committed, with the clock that their instants are by. */
  #unwritten: Pick<State, 'vmState' | 'clock'> | null = null;
  /** The monitor that has taken this one's place while it was stopped; null for none. This one then does nothing any more. */
  successor: ProcessRef | null = null;
  /** The last failure to read or write something; null for none. */
  failure: unknown = null;
  /** Times of the stopwatch. */
  #recordedAt = Number.NEGATIVE_INFINITY;
  #writtenAt = Number.NEGATIVE_INFINITY;

  constructor(parts: MonitorPorts) {
    this.#parts = parts;
    this.#victimReaper = new VictimReaper(parts);
    this.#pauser = new LeasePauser(parts);
    this.#abandonedReaper = new AbandonedReaper(parts);
    this.#ownView = new OwnView(parts);
    this.#actingFor = new ActingFor(parts, (message) => this.#complain(message));
    this.#silence = new SilenceWatch(parts);
    this.#orphanReaper = new OrphanReaper(parts);
    this.#usageWatch = new UsageWatch(parts, (error) => this.#complain(messageOf(error)));
    this.#exporter = new MetricsExporter(parts);
    this.#forecastRecorder = new ForecastRecorder(parts);
  }

  /** Repairs what a crashed monitor left. */
  async begin(): Promise<void> {
    const present = await this.#parts.store.read();
    const state = await this.#ownView.of(present.state);
    await this.#pauser.resumeAll(state.leases, 'the monitor that stopped it is gone');
    await this.#abandonedReaper.finish({ ...present, state });
  }

  /** Counts transcripts from now on, at its own interval. */
  startUsageWatch(): void {
    this.#usageWatch.begin();
  }

  /** Counts transcripts once. */
  async count(): Promise<void> {
    await this.#usageWatch.look();
  }

  /** Waits for running work and continues all stopped leases, unless another monitor has taken the place. */
  async end(): Promise<void> {
    await Promise.all([this.#usageWatch.end(), this.#victimReaper.settled(), this.#orphanReaper.stop()]);
    if (this.successor !== null) return;
    const state = await this.#parts.store.peek();
    await this.#pauser.resumeAll((await this.#ownView.of(state)).leases, 'the monitor ends');
    this.#export(() => this.#exporter.end(state));
  }

  /** One round. Never rejects; null if the machine or the state could not be read, which it has reported. */
  async tick(): Promise<Tick | null> {
    try {
      const sample = await this.#parts.sample();
      for (const failure of sample.failures) this.#complain(`cannot read ${failure}`);
      const snapshot = await this.#observe(sample);
      if (!(await this.#hasPlace(snapshot))) return null;
      this.#reportHealth(snapshot);
      const own = await this.#ownView.after(sample, snapshot, this.#victimReaper.reapedAtMs);
      await this.#attempt(() => this.#pauser.consider(own, sample));
      await this.#attempt(() => this.#victimReaper.consider(own, sample));
      this.#actingFor.consider(own);
      await this.#attempt(() => this.#keepHistory(sample, snapshot));
      await this.#lookAround(snapshot, own.state);
      await this.#attempt(() => this.#silence.consider(snapshot));
      this.#export(() => this.#exporter.consider(snapshot));
      return { snapshot, sample };
    } catch (error) {
      this.fail(error);
      return null;
    }
  }

  /** False if another monitor has taken the place. A place that nobody has, or only a dead monitor, is taken again. */
  async #hasPlace({ state, environment }: Snapshot): Promise<boolean> {
    const { self, acts, isDryRun, place } = this.#parts;
    if (isDryRun) return true;
    if (place !== null) {
      this.successor = place.keep();
      return this.successor === null;
    }
    if (sameProcess(state.monitor, self)) return true;
    if (state.monitor !== null && isMonitored(state, environment)) this.successor = state.monitor;
    else await acts.begin({ kind: 'claim-monitor', monitor: self });
    return this.successor === null;
  }

  /** Reports a failure; the monitor goes on. */
  fail(error: unknown): void {
    this.failure = error;
    this.#complain(messageOf(error));
  }

  /** One part of a round: if it fails, the others are done all the same. */
  async #attempt(part: () => unknown): Promise<void> {
    try {
      await part();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Waits until the leases and orphans that are being ended are gone. */
  async settled(): Promise<void> {
    await Promise.all([this.#victimReaper.settled(), this.#orphanReaper.settled(), this.#actingFor.settled()]);
  }

  /** Milliseconds until the next tick. */
  nextMs(tick: Tick | null, intervalMs: number): number {
    if (tick === null) return intervalMs;
    const { state, environment } = tick.snapshot;
    return nextSampleMs(
      tick.sample,
      limitsOf(state.vmLimits, environment.settings.monitor, tick.sample.cores),
      intervalMs,
    );
  }

  /**
   * Commits the sample if something is due or a figure moved enough (`isMaterial`). Returns the resulting state: also when
   * it could not be written, because the rest of the round must not depend on that.
   */
  async #observe(sample: MachineSample): Promise<Snapshot> {
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
      this.fail(error);
      return { ...last, environment: { ...last.environment, now: sample.at }, isDue: false };
    }
  }

  #reportHealth({ state }: Snapshot): void {
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

  async #keepHistory(sample: MachineSample, { state }: Snapshot): Promise<void> {
    const steadyMs = this.#parts.steadyMs();
    if (this.#parts.isDryRun || steadyMs - this.#writtenAt < HISTORY_EVERY_MS) return;
    this.#writtenAt = steadyMs;
    const { health, effectiveMaxSlots } = state.vmState;
    this.#parts.history.append({
      kind: 'sample',
      ...sampleRecord(sample),
      health,
      effective_max_slots: effectiveMaxSlots,
    });
  }

  /** `own` is the state as this monitor may act on it. */
  async #lookAround(snapshot: Snapshot, own: State): Promise<void> {
    const { environment } = snapshot;
    const steadyMs = this.#parts.steadyMs();
    if (steadyMs - this.#recordedAt < RECORD_EVERY_MS) return;
    this.#recordedAt = steadyMs;
    const { isDryRun, reaper, store } = this.#parts;
    await this.#attempt(() => this.#orphanReaper.consider(snapshot));
    if (isDryRun) return;
    await this.#attempt(() => this.#abandonedReaper.consider(own, environment));
    const trust = await store.trust();
    await this.#attempt(() => reaper.record(own.leases.filter((lease) => trust.isOwn(lease))));
    await this.#attempt(() => reaper.sweep(async () => ({ leases: (await store.peek()).leases, ...trust })));
    if (environment.settings.budget.autoRebalance) await this.#attempt(() => this.#rebalance());
    await this.#attempt(() => this.#forecastRecorder.consider(snapshot));
  }

  /** Rebalances the budgets (`budget.auto_rebalance`). */
  async #rebalance(): Promise<void> {
    const { store, say } = this.#parts;
    const command = { kind: 'budget', order: { do: 'rebalance', workflow: null } } as const;
    const planned = (await store.plan(command)).outcome;
    if (planned.kind !== 'budget' || planned.moves.length === 0) return;
    const { outcome } = await store.transact(command);
    if (outcome.kind !== 'budget' || outcome.moves.length === 0) return;
    for (const line of movesText(outcome.moves, false).split('\n')) say(line);
  }

  /** Reports a failed export, which is no failure of the monitor. */
  #export(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#complain(messageOf(error));
    }
  }

  #complain(message: string): void {
    const steadyMs = this.#parts.steadyMs();
    const last = this.#said.get(message);
    if (last !== undefined && steadyMs - last < REPEAT_MS) return;
    this.#said.set(message, steadyMs);
    this.#parts.say(`trouble: ${message}`);
  }
}
