/** Which leases an agent of a budget works under, and telling them how far it is. */
import { budgetKey } from '../model/budget.ts';
import { projectKey } from '../model/ids.ts';
import type { Instant } from '../model/instants.ts';
import type { Agent, Lease } from '../model/lease.ts';
import { leaseSize } from '../model/lease.ts';

interface Named {
  readonly project: string | null;
  readonly name: string;
}

export function namedIn(agent: string): Named {
  const at = agent.indexOf('/');
  return at < 0 ? { project: null, name: agent } : { project: agent.slice(0, at), name: agent.slice(at + 1) };
}

function isOf({ project, name }: Named, lease: Lease, agent: Agent): boolean {
  const isProject = project === null || projectKey(project) === projectKey(lease.project);
  return isProject && budgetKey(agent.name) === budgetKey(name);
}

/** Leases under which an agent of this name works. */
export const leasesOfAgent = (leases: readonly Lease[], agent: string): readonly Lease[] => {
  const named = namedIn(agent);
  return leases.filter((lease) => lease.agents.some((one) => isOf(named, lease, one)));
};

export interface Progress {
  /** 0 to 100. */
  readonly progress: number | null;
  readonly phase: string | null;
}

/**
 * The leases with what the agent says of itself. One that is not named yet takes an unnamed slot of its project's newest
 * lease, so that it is seen in the status.
 */
export function withProgress(
  leases: readonly Lease[],
  agent: string,
  { progress, phase }: Progress,
  now: Instant,
): readonly Lease[] {
  if (progress === null && phase === null) return leases;
  const named = namedIn(agent);
  const advanced = (one: Agent): Agent => ({
    ...one,
    progress: progress ?? one.progress,
    phase: phase ?? one.phase,
    progressAt: progress === null ? one.progressAt : now,
  });
  const own = leasesOfAgent(leases, agent);
  if (own.length > 0)
    return leases.map((lease) =>
      own.includes(lease)
        ? { ...lease, agents: lease.agents.map((one) => (isOf(named, lease, one) ? advanced(one) : one)) }
        : lease,
    );
  const { project } = named;
  if (project === null) return leases;
  const free = leases.findLast(
    (lease) => projectKey(lease.project) === projectKey(project) && lease.agents.length < leaseSize(lease),
  );
  if (free === undefined) return leases;
  const added: Agent = {
    name: named.name,
    pid: null,
    progress,
    phase,
    progressAt: progress === null ? null : now,
    extra: {},
  };
  return leases.map((lease) => (lease === free ? { ...lease, agents: [...lease.agents, added] } : lease));
}
