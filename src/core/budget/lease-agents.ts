/** The leases under which an agent of a budget works, and its progress in them. */
import { budgetKey } from '../model/budget.ts';
import { projectKey } from '../model/ids.ts';
import type { Instant } from '../model/instants.ts';
import { type Agent, type Lease, leaseSize } from '../model/lease.ts';

interface NameParts {
  readonly project: string | null;
  readonly name: string;
}

/** The parts of `PROJECT/NAME`; the project is null for a bare name. */
export function namedIn(agent: string): NameParts {
  const at = agent.indexOf('/');
  return at < 0 ? { project: null, name: agent } : { project: agent.slice(0, at), name: agent.slice(at + 1) };
}

function isSame({ project, name }: NameParts, lease: Lease, agent: Agent): boolean {
  const isProject = project === null || projectKey(project) === projectKey(lease.project);
  return isProject && budgetKey(agent.name) === budgetKey(name);
}

/** Leases that list an agent of this name. */
export const leasesOfAgent = (leases: readonly Lease[], agent: string): readonly Lease[] => {
  const named = namedIn(agent);
  return leases.filter((lease) => lease.agents.some((listed) => isSame(named, lease, listed)));
};

export interface Progress {
  /** 0 to 100. */
  readonly progress: number | null;
  readonly phase: string | null;
}

/**
 * Stores progress and phase in the agent's leases. An agent that no lease lists takes an unnamed slot in its project's
 * newest lease that has one, so that the status shows it.
 */
export function withProgress(
  leases: readonly Lease[],
  agent: string,
  { progress, phase }: Progress,
  now: Instant,
): readonly Lease[] {
  if (progress === null && phase === null) return leases;
  const named = namedIn(agent);
  const advanced = (before: Agent): Agent => ({
    ...before,
    progress: progress ?? before.progress,
    phase: phase ?? before.phase,
    progressAt: progress === null ? before.progressAt : now,
  });
  const own = leasesOfAgent(leases, agent);
  if (own.length > 0)
    return leases.map((lease) =>
      own.includes(lease)
        ? { ...lease, agents: lease.agents.map((listed) => (isSame(named, lease, listed) ? advanced(listed) : listed)) }
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
