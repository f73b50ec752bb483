import { linuxMemory } from '../host/health/linux.ts';
import { type MachineHost, openHost } from '../host/host.ts';
import { linuxProcesses } from '../host/processes/linux.ts';
import type { ProcessView } from '../host/processes/view.ts';

/** The portable view of processes starts child processes; loading it on Linux would cost a tenth of the start. */
export async function openMachine(): Promise<MachineHost> {
  if (process.platform === 'linux') return openHost(linuxProcesses(), linuxMemory());
  return openHost((await import('../host/processes/portable.ts')).portableProcesses(), () => null);
}

/** A view of all processes of the machine. */
export async function openView(): Promise<ProcessView> {
  if (process.platform === 'linux') return (await import('../host/processes/linux-view.ts')).linuxView();
  return (await import('../host/processes/portable-view.ts')).portableView();
}
