import type { ProcessRef } from '../core/model/process-ref.ts';
import { EXIT, ExpectedError } from '../errors.ts';
import type { MemoryProbe } from '../ports/health.ts';
import type { Host, Processes } from '../ports/host.ts';
import { longLivedAncestor, outlivesJobs } from './holder.ts';

export interface MachineHost extends Host {
  readonly processes: Processes;
  readonly proveDead: Processes['proveDead'];
  /** Memory for a request; null if it cannot be read cheaply. */
  readonly memory: MemoryProbe;
}

/** The machine of this process, seen through its platform's processes. */
export function openHost(processes: Processes, memory: MemoryProbe): MachineHost {
  let self: ProcessRef | null = null;
  return {
    processes,
    self() {
      self ??= processes.find(process.pid);
      if (self === null)
        throw new ExpectedError('no-proc', 'cannot see any process: /proc is not there, or not of this pid namespace', {
          hint: 'mount /proc for this pid namespace, then run the command again',
          exit: EXIT.ioError,
        });
      return self;
    },
    process: (pid) => processes.find(pid),
    caller: () => longLivedAncestor(processes, process.pid),
    outlivesJobs: (pid) => outlivesJobs(processes, pid),
    proveDead: (refs) => processes.proveDead(refs),
    memory,
  };
}
