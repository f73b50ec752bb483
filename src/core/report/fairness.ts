/** Fairness of the service to projects. */
import type { ProjectKey } from '../model/ids.ts';
import type { SlotSweep } from './slot-sweep.ts';
import type { Wait } from './wait.ts';

/**
 * Jain's fairness index over x = served ÷ entitled (DEC-TR-301, 1984): 1 if all x are equal, 1/n if one of n got
 * everything. It has no unit and does not change with scale. Null without any service.
 */
export function jain(parts: readonly number[]): number | null {
  const sum = parts.reduce((total, part) => total + part, 0);
  const squares = parts.reduce((total, part) => total + part * part, 0);
  return parts.length === 0 || squares === 0 ? null : (sum * sum) / (parts.length * squares);
}

type WeightOf = (project: ProjectKey) => number;

/** Slots that a project needs and has; `askedSince` is the number of the record of its oldest request. */
interface Claim {
  readonly project: ProjectKey;
  readonly held: number;
  asked: number;
  askedSince: number;
}

/** Causes of waits that free slots would have ended. */
const FOR_SLOTS: ReadonlySet<string> = new Set(['insufficient-slots', 'behind-others', 'health-degraded']);

/** Requests whose records name no cause count as waiting for slots. */
const waitsForSlots = ({ cause }: Wait): boolean => cause === undefined || (cause !== null && FOR_SLOTS.has(cause));

/** The capacity shared out by weight; what a project does not need is shared out among the others. */
function fairParts(capacity: number, claims: readonly Claim[], weightOf: WeightOf): Map<ProjectKey, number> {
  const needs = claims.map(({ project, held, asked }) => ({ project, need: held + asked, weight: weightOf(project) }));
  let left = capacity;
  let weights = needs.reduce((sum, { weight }) => sum + weight, 0);
  const parts = new Map<ProjectKey, number>();
  for (const { project, need, weight } of needs.sort((a, b) => a.need * b.weight - b.need * a.weight)) {
    const part = weight > 0 ? Math.min(need, (left * weight) / weights) : 0;
    parts.set(project, part);
    left -= part;
    weights -= weight;
  }
  return parts;
}

/**
 * Slots that each project should have beside those that it holds, at one moment: as many as its fair part leaves open
 * (at most those that its requests ask for), and as could be served. The free slots could be served, and those that other
 * projects were granted after its oldest request.
 */
export function owedSlots(sweep: SlotSweep, weightOf: WeightOf): Map<ProjectKey, number> {
  const claims = new Map<ProjectKey, Claim>();
  const claimOf = (project: ProjectKey): Claim => {
    const known = claims.get(project);
    if (known !== undefined) return known;
    const claim = { project, held: sweep.usedBy.get(project) ?? 0, asked: 0, askedSince: Number.POSITIVE_INFINITY };
    claims.set(project, claim);
    return claim;
  };
  for (const wait of sweep.waiting.values()) {
    if (!waitsForSlots(wait)) continue;
    const claim = claimOf(wait.project);
    claim.asked += wait.slots;
    claim.askedSince = Math.min(claim.askedSince, wait.order);
  }
  const owed = new Map<ProjectKey, number>();
  if (claims.size === 0) return owed;
  const waiting = [...claims.values()].sort((a, b) => b.askedSince - a.askedSince);
  for (const [project, slots] of sweep.usedBy) if (slots > 0) claimOf(project);
  const parts = fairParts(sweep.capacity, [...claims.values()], weightOf);

  // From the latest grant to the first one, each lease counts for the projects that asked before it.
  const leases = [...sweep.held.values()].reverse();
  let later = 0;
  const laterOf = new Map<ProjectKey, number>();
  let at = 0;
  for (const { project, held, askedSince } of waiting) {
    for (let lease = leases[at]; lease !== undefined && lease.order > askedSince; lease = leases[at]) {
      later += lease.slots;
      laterOf.set(lease.project, (laterOf.get(lease.project) ?? 0) + lease.slots);
      at += 1;
    }
    const served = Math.max(0, sweep.capacity - sweep.used) + later - (laterOf.get(project) ?? 0);
    const open = Math.max(0, (parts.get(project) ?? 0) - held);
    owed.set(project, Math.min(open, served));
  }
  return owed;
}

/**
 * The seed's measure `1 − variance ÷ mean`, here on shares of a whole. It depends on the unit: tokens and thousands of
 * tokens give different results. On shares it shows less than Jain's index of the same numbers.
 */
export function oneMinusVarianceByMean(shares: readonly number[]): number | null {
  if (shares.length === 0) return null;
  const mean = shares.reduce((total, share) => total + share, 0) / shares.length;
  if (mean === 0) return null;
  const variance = shares.reduce((total, share) => total + (share - mean) ** 2, 0) / shares.length;
  return 1 - variance / mean;
}
