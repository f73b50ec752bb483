/** How long work still takes, by the section Estimates of docs/reference/figures.md; in seconds. */
import type { Raw } from './files.ts';
import type { Present } from './present.ts';
import { same } from './present.ts';

export interface Rest {
  /** Not rounded. */
  readonly seconds: number;
  readonly basis: 'progress' | 'history' | 'limit';
  readonly confidence: 'likely' | 'latest' | 'rough' | 'earliest';
}

const CERTAINTIES = ['likely', 'latest', 'rough', 'earliest'] as const;

/** The time to the end of the `--ttl` of a lease; null without one, and for an agent inside a session. */
const limitOf = (lease: Raw, now: number): Rest | null =>
  lease.expires_at == null || lease.spawn != null
    ? null
    : { seconds: (Date.parse(lease.expires_at) - now) / 1000, basis: 'limit', confidence: 'latest' };

const cappedBy = (limit: Rest | null, rest: Rest): Rest =>
  limit !== null && limit.seconds < rest.seconds ? limit : rest;

export function restOfAgent(lease: Raw, agent: Raw, now: number): Rest | null {
  if (agent.progress == null || agent.progress < 5 || agent.progress_at == null || lease.acquired_at == null)
    return null;
  const reported = Date.parse(agent.progress_at);
  const took = (reported - Date.parse(lease.acquired_at)) / 1000;
  const since = (now - reported) / 1000;
  const rest = (took * (100 - agent.progress)) / agent.progress;
  if (agent.progress < 100 && since > 4 * rest) return null;
  const isSure = agent.progress >= 30 && since <= rest;
  return cappedBy(limitOf(lease, now), {
    seconds: Math.max(rest - since, rest / 4),
    basis: 'progress',
    confidence: isSure ? 'likely' : 'rough',
  });
}

/** The longest of the rests, as certain as the least certain; `latest` counts only for the longest. */
function longest(rests: readonly Rest[], isWhole: boolean): Rest {
  const most = rests.reduce((one, other) => (other.seconds > one.seconds ? other : one));
  const counted = rests
    .filter((rest) => rest === most || rest.confidence !== 'latest')
    .map(({ confidence }) => confidence);
  const least = Math.max(
    ...[...counted, ...(isWhole ? [] : ['earliest' as const])].map((one) => CERTAINTIES.indexOf(one)),
  );
  return { ...most, confidence: CERTAINTIES[least] as Rest['confidence'] };
}

const known = (rests: readonly (Rest | null)[]): Rest[] => rests.filter((rest) => rest !== null);

export function restOfLease(lease: Raw, usualSeconds: Raw, now: number): Rest | null {
  const limit = limitOf(lease, now);
  const all: (Rest | null)[] = lease.agents.map((agent: Raw) => restOfAgent(lease, agent, now));
  const rests = known(all);
  if (lease.agents.length >= lease.slots && rests.length === all.length) return longest(rests, true);
  const [, usual = 0] =
    Object.entries<number>(usualSeconds ?? {}).find(([project]) => same(project, lease.project)) ?? [];
  const left = usual - (now - Date.parse(lease.acquired_at)) / 1000;
  if (left > 0) {
    const earlier: Rest = { seconds: left, basis: 'history', confidence: 'rough' };
    return cappedBy(limit, longest([earlier, ...rests], true));
  }
  if (limit !== null) return limit;
  return rests.length === 0 ? null : longest(rests, false);
}

/** The longest rest of the leases; null when none of them has one. */
export function restOfAll(leases: readonly Raw[], usual: Raw, now: number): Rest | null {
  const rests = known(leases.map((lease) => restOfLease(lease, usual, now)));
  return rests.length === 0 ? null : longest(rests, rests.length === leases.length);
}

/** The rest of the lease with which the leases that end first have freed `ahead` slots. */
export function restUntilFree(present: Present, usual: Raw, ahead: number): Rest | null {
  const ends = present.leases
    .map((lease) => ({ slots: lease.slots, rest: restOfLease(lease, usual, present.now) }))
    .filter((end): end is { slots: number; rest: Rest } => end.rest !== null)
    .sort((one, other) => one.rest.seconds - other.rest.seconds);
  let freed = 0;
  const used: Rest[] = [];
  for (const { slots, rest } of ends) {
    freed += slots;
    used.push(rest);
    if (freed >= ahead) return longest(used, true);
  }
  return null;
}

export const inJson = (rest: Rest | null) => ({
  eta_seconds: rest === null ? null : Math.max(0, Math.ceil(rest.seconds)),
  eta_basis: rest?.basis ?? null,
  eta_confidence: rest?.confidence ?? null,
});
