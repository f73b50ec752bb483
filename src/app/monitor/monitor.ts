/**
 * The rounds of the monitor, and their order; each part of a round has a file of its own. A failed part is reported, and the
 * next round tries again.
 */

import { limitsOf } from '../../core/health/limits.ts';
import { nextSampleMs } from '../../core/health/next-sample.ts';
import type { MachineSample } from '../../core/health/sample.ts';
import { type ProcessRef, sameProcess } from '../../core/model/process-ref.ts';
import type { State } from '../../core/model/state.ts';
import { isMonitored } from '../../core/monitored.ts';
import { messageOf } from '../../errors.ts';
import type { MonitorPorts } from '../../ports/monitor.ts';
import type { Snapshot } from '../../ports/snapshot.ts';
import { sampleRecord } from '../../render/history/journal.ts';
import { AbandonedReaper } from './abandoned-reaper.ts';
import { ActingFor } from './acting-for.ts';
import { ForecastRecorder } from './forecast-recorder.ts';
import { HealthReporter } from './health-reporter.ts';
import { LeasePauser } from './lease-pauser.ts';
import { MetricsExporter } from './metrics-exporter.ts';
import { Observer } from './observer.ts';
import { OrphanReaper } from './orphan-reaper.ts';
import { OwnView } from './own-view.ts';
import { rebalance } from './rebalance.ts';
import { SilenceWatch } from './silence-watch.ts';
import { UsageWatch } from './usage-watch.ts';
import { VictimReaper } from './victim-reaper.ts';

/** Time between two records of process trees: they change fast, but listing processes is expensive. */
const RECORD_EVERY_MS = 10_000;
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
  readonly #observer: Observer;
  readonly #healthReporter: HealthReporter;
  readonly #ownView: OwnView;
  readonly #actingFor: ActingFor;
  readonly #silence: SilenceWatch;
  readonly #orphanReaper: OrphanReaper;
  readonly #usageWatch: UsageWatch;
  readonly #exporter: MetricsExporter;
  readonly #forecastRecorder: ForecastRecorder;
  readonly #said = new Map<string, number>();
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
    this.#observer = new Observer(parts, (error) => this.fail(error));
    this.#healthReporter = new HealthReporter(parts);
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
      const snapshot = await this.#observer.observe(sample);
      if (!(await this.#hasPlace(snapshot))) return null;
      this.#healthReporter.consider(snapshot);
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
    await this.#attempt(async () => {
      const trust = await store.trust();
      await reaper.record(own.leases.filter((lease) => trust.isOwn(lease)));
    });
    await this.#attempt(() =>
      reaper.sweep(async () => ({ leases: (await store.peek()).leases, ...(await store.trust()) })),
    );
    if (environment.settings.budget.autoRebalance) await this.#attempt(() => rebalance(this.#parts));
    await this.#attempt(() => this.#forecastRecorder.consider(snapshot));
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
