import type { Host } from '../context.ts';
import type { ProcessRef } from '../core/model/process-ref.ts';
import { InternalError } from '../errors.ts';
import { longLivedAncestor } from './holder.ts';
import { linuxProcesses } from './processes/linux.ts';
import type { Processes } from './processes/port.ts';
import { portableProcesses } from './processes/portable.ts';

export interface MachineHost extends Host {
  readonly proveDead: Processes['proveDead'];
}

/** The machine that this process runs on. */
export function openHost(): MachineHost {
  const processes = process.platform === 'linux' ? linuxProcesses() : portableProcesses();
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
