/** The keys of slots.yaml that a user may edit. All other keys belong to the program. */
import { count, number, percent } from './kinds.ts';
import { defaultsOf, row, rowOrNull } from './rows.ts';

export const LOAD_PER_CORE = 2;

const VM_LIMITS = {
  maxCpuPercent: row('max_cpu_percent', percent, 85, 'Processor time in use above which the machine is degraded.'),
  maxMemoryPercent: row('max_memory_percent', percent, 90, 'Memory in use above which the machine is degraded.'),
  maxLoadAverage: rowOrNull(
    'max_load_average',
    number(0),
    `${LOAD_PER_CORE} for each core`,
    'Load average of a minute above which the machine is degraded. Half as much again is critical.',
  ),
  maxDiskPercent: row('max_disk_percent', percent, 90, 'Disk in use above which the machine is degraded.'),
};
export const DEFAULT_VM_LIMITS = defaultsOf(VM_LIMITS);

export const SLOTS_ROWS = {
  version: row(
    'version',
    count(1),
    1,
    'Format of the file; do not change it. A program that knows only older formats reads the file and never writes it.',
  ),
  maxSlots: rowOrNull(
    'max_slots',
    count(0),
    'by cores and memory',
    'Agents that may run at once, over all projects; `set-max N` sets it too.',
  ),
  vmLimits: { key: 'vm_limits', rows: VM_LIMITS },
};
