/**
 * Estimates when work will be done, with a confidence: from reported progress, else from the usual duration of the
 * project's leases, else from their time limit; without any of them there is no estimate.
 */
import type { CoreEvent } from '../event.ts';
import type { ProjectKey } from '../model/ids.ts';
import { projectKey } from '../model/ids.ts';
import type { Instant } from '../model/instants.ts';
import type { Agent, Lease } from '../model/lease.ts';
import { leaseSize } from '../model/lease.ts';
import type { State } from '../model/state.ts';

/** Basis of an estimate, the most reliable first. */
export const ETA_BASES = ['progress', 'history', 'limit'] as const;
export type EtaBasis = (typeof ETA_BASES)[number];

export interface Eta {
  readonly ms: number;
  readonly basis: EtaBasis;
  /** `likely`: within about a third; `rough`: within about a factor of two; `latest`: an upper bound. */
  readonly confidence: 'likely' | 'rough' | 'latest';
}

/** Least progress for an estimate, and for a `likely` one, in percent. */
const PROGRESS_FROM = 5;
const PROGRESS_LIKELY = 30;
/** A late agent still has this part of the remaining time ahead; silent for `GIVEN_UP` times that time, it has no estimate. */
const STILL = 0.25;
const GIVEN_UP = 4;

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
  return { ms: leftMs, basis: 'progress', confidence: isLikely ? 'likely' : 'rough' };
}

const rank = ({ basis }: Eta): number => ETA_BASES.indexOf(basis);
const lessSure = (a: Eta, b: Eta): Pick<Eta, 'basis' | 'confidence'> =>
  rank(a) > rank(b) || (rank(a) === rank(b) && a.confidence !== 'likely') ? a : b;

/** The latest of all ends, with the lowest confidence among them; null when one of them is not known. */
export function lastOf(etas: readonly (Eta | null)[]): Eta | null {
  let last: Eta | null = null;
  for (const eta of etas) {
    if (eta === null) return null;
    last = last === null ? eta : { ...lessSure(last, eta), ms: Math.max(last.ms, eta.ms) };
  }
  return last;
}

/** Estimated end of the lease. */
export function leaseEta(lease: Lease, state: State, now: Instant): Eta | null {
  // The time limit of an agent inside a session is extended while it works, so it is no estimate of its end.
  const isMoving = lease.expiresAt === null || lease.spawn !== null;
  const limit = isMoving ? null : Math.max(0, (lease.expiresAt ?? 0) - now);
  const capped = (eta: Eta): Eta => (limit !== null && limit < eta.ms ? { ...eta, ms: limit } : eta);
  if (lease.agents.length >= leaseSize(lease)) {
    const byProgress = lastOf(lease.agents.map((agent) => agentEta(agent, lease, now)));
    if (byProgress !== null) return capped(byProgress);
  }
  const usualMs = state.learnedDuration.get(projectKey(lease.project));
  if (usualMs !== undefined && lease.acquiredAt !== null) {
    const leftMs = lease.acquiredAt + usualMs - now;
    if (leftMs > 0) return capped({ ms: leftMs, basis: 'history', confidence: 'rough' });
  }
  return limit === null ? null : { ms: limit, basis: 'limit', confidence: 'latest' };
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
