/**
 * Healthy, degraded or critical, from sample to sample.
 *
 * | from | when | to |
 * |---|---|---|
 * | healthy | some signal at least degraded for its dwell | degraded |
 * | any | memory critical in two samples running, or another signal for its dwell | critical |
 * | critical | nothing critical by the limits for leaving, for `relieve` | degraded |
 * | degraded | nothing degraded by the limits for leaving, for `recover` | healthy |
 *
 * An unknown figure changes no state. After a gap in the samples every dwell starts again.
 */
import { elapsedMs, type Instant } from '../model/instants.ts';
import type { Health, VmState } from '../model/state.ts';
import { type MonitorSettings, SAMPLE_STALE_MS } from '../settings/health.ts';
import type { Limits } from './limits.ts';
import type { MachineSample } from './sample.ts';
import { isPartlyUnknown, SEVERITY, type Signal, signalsOf, usedPercent } from './signals.ts';

/** One reading may be an error; two in a row are a fact (kubelet never acts twice on one set of figures). */
export const CRITICAL_SAMPLES = 2;

const worst = (signals: readonly Signal[], key: 'level' | 'staying'): Health =>
  signals.reduce<Health>((bad, signal) => (SEVERITY[signal[key]] > SEVERITY[bad] ? signal[key] : bad), 'healthy');

const isAtLeast = (health: Health, than: Health): boolean => SEVERITY[health] >= SEVERITY[than];

/**
 * True when memory itself is critical: the only shortage that ending agents relieves. The lower marks for leaving count
 * only after `samples` critical ones; a machine that is critical for another reason ends nobody at them.
 */
export const isMemoryCritical = (signals: readonly Signal[], samples: number): boolean =>
  signals.some(
    ({ name, level, staying }) => name === 'memory' && (samples >= CRITICAL_SAMPLES ? staying : level) === 'critical',
  );

const lasted = (since: Instant | null, now: Instant, ms: number): boolean =>
  since !== null && elapsedMs(since, now) >= ms;

/** A strain below the limit that began it lasts to a lower mark; then that mark is the one that binds. */
const strainWords = ({ level, staying, words, until }: Signal): string =>
  SEVERITY[staying] > SEVERITY[level] && level === 'healthy' ? `${words}, lasts until below ${until}` : words;

function wordsFor(signals: readonly Signal[], health: Health, previous: string | null): string | null {
  if (health === 'healthy') return null;
  const worstFirst = signals
    .filter(({ staying, level }) => isAtLeast(staying, 'degraded') || isAtLeast(level, 'degraded'))
    .sort((a, b) => SEVERITY[b.staying] - SEVERITY[a.staying]);
  if (worstFirst.length > 0) return worstFirst.map(strainWords).join('; ');
  return `recovering from: ${(previous ?? 'strain').replace(/^recovering from: /, '')}`;
}

/** Machine state after one more sample; `adjustCapacity` sets the capacity afterwards. */
export function judge(before: VmState, sample: MachineSample, limits: Limits, settings: MonitorSettings): VmState {
  const now = sample.at;
  const isSeries = before.sampledAt !== null && Math.abs(now - before.sampledAt) <= SAMPLE_STALE_MS;
  const past = isSeries
    ? before
    : { ...before, strainedSince: null, criticalSince: null, criticalSamples: 0, calmSince: null };
  const signals = signalsOf(sample, limits, settings);
  const isUnknown = isPartlyUnknown(sample);
  const known = past.health ?? 'healthy';
  const entering = worst(signals, 'level');

  // 1. Date the strain, the critical samples and the calm.
  const since = (holds: boolean, at: Instant | null): Instant | null => (holds ? (at ?? now) : isUnknown ? at : null);
  const strainedSince = since(isAtLeast(entering, 'degraded'), past.strainedSince);
  const criticalSince = since(entering === 'critical', past.criticalSince);
  const memoryIsCritical = isMemoryCritical(signals, past.criticalSamples);
  const criticalSamples = memoryIsCritical
    ? past.criticalSamples + 1
    : sample.memory === null
      ? past.criticalSamples
      : 0;
  const isBetter = !isUnknown && !isAtLeast(worst(signals, 'staying'), known) && known !== 'healthy';
  const calmSince = isBetter ? (past.calmSince ?? now) : null;

  // 2. Change the state where a dwell is over.
  const dwellAt = (health: Health): number =>
    Math.min(...signals.filter(({ level }) => isAtLeast(level, health)).map(({ dwellMs }) => dwellMs));
  let health = known;
  if (criticalSamples >= CRITICAL_SAMPLES && memoryIsCritical) health = 'critical';
  else if (entering === 'critical' && !onlyMemory(signals) && lasted(criticalSince, now, dwellAt('critical')))
    health = 'critical';
  else if (known === 'healthy' && entering !== 'healthy' && lasted(strainedSince, now, dwellAt('degraded')))
    health = 'degraded';
  else if (known === 'critical' && lasted(calmSince, now, settings.relieveMs)) health = 'degraded';
  else if (known === 'degraded' && lasted(calmSince, now, settings.recoverMs)) health = 'healthy';

  return {
    ...past,
    cpuPercent: sample.cpuPercent === null ? past.cpuPercent : rounded(sample.cpuPercent, 1),
    memoryPercent: sample.memory === null ? past.memoryPercent : usedPercent(sample.memory),
    loadAverage: loadOf(past, sample),
    diskUsagePercent: sample.disk === null ? past.diskUsagePercent : rounded(sample.disk.usedPercent, 1),
    memoryAvailableBytes: sample.memory?.availableBytes ?? past.memoryAvailableBytes,
    health,
    reason: wordsFor(signals, health, past.reason),
    strainedSince,
    criticalSince,
    criticalSamples,
    // Calm starts to count after the state was entered.
    calmSince: health === known ? calmSince : null,
    sampledAt: now,
  };
}

const loadOf = (past: VmState, { loadAverage, isLoadOfHost }: MachineSample): number | null =>
  isLoadOfHost ? null : loadAverage === null ? past.loadAverage : rounded(loadAverage, 2);

/** Only memory is critical: `CRITICAL_SAMPLES` decides that case. */
const onlyMemory = (signals: readonly Signal[]): boolean =>
  signals.every(({ name, level }) => level !== 'critical' || name === 'memory');

const rounded = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits;
