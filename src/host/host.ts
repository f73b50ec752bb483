import type { Host } from '../context.ts';
import type { ProcessRef } from '../core/model/process-ref.ts';
import { InternalError } from '../errors.ts';
import { longLivedAncestor } from './holder.ts';
import type { Processes } from './processes/port.ts';

export interface MachineHost extends Host {
  readonly proveDead: Processes['proveDead'];
}

/** The machine that this process runs on, through what its platform tells about processes. */
export function openHost(processes: Processes): MachineHost {
  let self: ProcessRef | null = null;
  return {
    self() {
      self ??= processes.find(process.pid);
      if (self === null) throw new InternalError('no-self-77ab', 'cannot find out the start time of this very process');
      return self;
    },
    process: (pid) => processes.find(pid),
    caller: () => longLivedAncestor(processes, process.pid),
    proveDead: (refs) => processes.proveDead(refs),
  };
}
