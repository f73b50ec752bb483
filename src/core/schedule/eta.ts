/**
 * Estimates when work will be done, with a confidence: from reported progress, else from the usual duration of the
 * project's leases, else from their time limit; without any of them there is no estimate. The estimate of a whole is the
 * largest of its parts.
 */
import type { CoreEvent } from '../event.ts';
import { type ProjectKey, projectKey } from '../model/ids.ts';
import type { Instant } from '../model/instants.ts';
import { type Agent, type Lease, leaseSize } from '../model/lease.ts';
import type { State } from '../model/state.ts';

export type EtaBasis = 'progress' | 'history' | 'limit';

export interface Eta {
  readonly ms: number;
  readonly basis: EtaBasis;
  /**
   * `likely`: within about a third; `rough`: within about a factor of two; `latest`: an upper bound; `earliest`: a lower
   * bound, because a part of the whole has no estimate.
   */
  readonly confidence: 'likely' | 'rough' | 'latest' | 'earliest';
}

/** Confidences, the most certain first. */
const CONFIDENCES: readonly Eta['confidence'][] = ['likely', 'latest', 'rough', 'earliest'];

/** Least progress for an estimate, and for a `likely` one, in percent. */
const PROGRESS_FROM = 5;
const PROGRESS_LIKELY = 30;
/** A late agent still has this part of the remaining time ahead; silent for `GIVEN_UP` times that time, it has no estimate. */
const STILL = 0.25;
const GIVEN_UP = 4;

/** Time to the end of the lease's `--ttl`, in milliseconds; null without one. */
function limitMs({ expiresAt, spawn }: Lease, now: Instant): number | null {
  // The time limit of an agent inside a session is extended while it works, so it is no estimate of its end.
  return expiresAt === null || spawn !== null ? null : Math.max(0, expiresAt - now);
}

/** The estimate, but no later than the end of the lease's `--ttl`. */
function limited(eta: Eta, lease: Lease, now: Instant): Eta {
  const limit = limitMs(lease, now);
  return limit !== null && limit < eta.ms ? { ms: limit, basis: 'limit', confidence: 'latest' } : eta;
}

/** Estimate for one agent from its progress since its lease began; null without progress, or long past its time. */
export function agentEta(agent: Agent, lease: Lease, now: Instant): Eta | null {
  const { progress } = agent;
  if (progress === null || lease.acquiredAt === null || progress < PROGRESS_FROM) return null;
  // Progress written by hand has no instant and counts as of now.
  const progressAt = agent.progressAt ?? now;
  const tookMs = progressAt - lease.acquiredAt;
  if (tookMs <= 0) return null;
  const restMs = (tookMs * (100 - progress)) / progress;
  const silentMs = Math.max(0, now - progressAt);
  if (silentMs > GIVEN_UP * restMs && progress < 100) return null;
  // A late agent is not done at once: a part of the remaining time stays ahead.
  const leftMs = Math.max(restMs - silentMs, restMs * STILL);
  const isLikely = progress >= PROGRESS_LIKELY && silentMs <= restMs;
  return limited({ ms: leftMs, basis: 'progress', confidence: isLikely ? 'likely' : 'rough' }, lease, now);
}

/**
 * The latest of all ends, with its basis and the lowest confidence among them; null when none is known. A `latest` end
 * before the last one takes nothing from its confidence.
 */
export function lastOf(etas: readonly (Eta | null)[]): Eta | null {
  const known = etas.filter((eta) => eta !== null);
  const [first] = known;
  if (first === undefined) return null;
  const last = known.reduce((latest, eta) => (eta.ms > latest.ms ? eta : latest), first);
  const sure = known.map((eta) => (eta !== last && eta.confidence === 'latest' ? 'likely' : eta.confidence));
  const least = sure.reduce((a, b) => (CONFIDENCES.indexOf(b) > CONFIDENCES.indexOf(a) ? b : a));
  return { ...last, confidence: known.length < etas.length ? 'earliest' : least };
}

/** Estimated end of the lease, never before the estimated end of one of its agents. */
export function leaseEta(lease: Lease, state: State, now: Instant): Eta | null {
  const byProgress = lease.agents.map((agent) => agentEta(agent, lease, now));
  if (lease.agents.length >= leaseSize(lease) && byProgress.every((eta) => eta !== null)) return lastOf(byProgress);
  const known = byProgress.filter((eta) => eta !== null);
  const usualMs = state.learnedDuration.get(projectKey(lease.project));
  const leftMs = usualMs === undefined || lease.acquiredAt === null ? 0 : lease.acquiredAt + usualMs - now;
  if (leftMs > 0) {
    const last = lastOf([{ ms: leftMs, basis: 'history', confidence: 'rough' }, ...known]);
    return last === null ? null : limited(last, lease, now);
  }
  const limit = limitMs(lease, now);
  if (limit !== null) return { ms: limit, basis: 'limit', confidence: 'latest' };
  return lastOf([...known, null]);
}

/** Weight of the newest lease in the usual duration. */
const NEWEST = 0.3;

/**
 * Usual duration of each project's leases, updated by the leases that ended between the two states. Leases that were
 * killed, expired or never used do not count. Returns the same map when no lease ended.
 */
export function learnedDurations(
  before: State,
  after: State,
  events: readonly CoreEvent[],
  now: Instant,
): ReadonlyMap<ProjectKey, number> {
  if (before.leases === after.leases) return after.learnedDuration;
  const left = new Set(after.leases.map(({ id }) => id));
  const gone = before.leases.filter((lease) => !left.has(lease.id));
  if (gone.length === 0) return after.learnedDuration;
  const cut = new Set(
    events.flatMap((event) =>
      event.kind === 'killed' || (event.kind === 'reclaimed' && event.why !== 'holder-gone') ? [event.lease] : [],
    ),
  );
  const learned = new Map(after.learnedDuration);
  for (const { id, project, acquiredAt, parent } of gone) {
    if (acquiredAt === null || parent !== null || cut.has(id)) continue;
    const heldMs = Math.max(1000, now - acquiredAt);
    const key = projectKey(project);
    const usual = learned.get(key);
    // Durations spread over orders of magnitude, so their logarithms are averaged. Whole seconds keep the file calm.
    const next = usual === undefined ? heldMs : Math.exp((1 - NEWEST) * Math.log(usual) + NEWEST * Math.log(heldMs));
    learned.set(key, Math.round(next / 1000) * 1000);
  }
  return learned;
}
