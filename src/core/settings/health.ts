/** `monitor:` and `auto_scale:` of config.yaml: health limits, and the capacity that follows from health. */
import { count, duration, durationAboveZero, flag, folder, percent, size, userNames } from './kinds.ts';
import { row, rowOrNull, type Values } from './rows.ts';

/** An older sample says nothing about the present, and samples further apart are not compared. */
export const SAMPLE_STALE_MS = 5 * 60_000;

/** With the default limit of 90%, 6% of the memory is still available; kubelet, earlyoom and Ray act at about that point. */
export const CRITICAL_POINTS = 4;
export const CRITICAL_DISK_POINTS = 7;

export const AUTO_SCALE = {
  enabled: row(
    'enabled',
    flag,
    true,
    'Takes free slots away while the machine is strained, and gives them back when it is healthy.',
  ),
  floor: row('floor', count(0), 1, 'The capacity never falls below this many slots.'),
  ceiling: rowOrNull('ceiling', count(1), 'max_slots', 'The capacity never rises above this many slots.'),
};
export type AutoScale = Values<typeof AUTO_SCALE>;

/** The defaults follow those of well-known out-of-memory daemons. */
export const MONITOR = {
  intervalMs: row(
    'interval',
    durationAboveZero,
    '30s',
    'Longest time between two samples. The monitor looks more often as memory runs short.',
  ),
  criticalMemoryPercent: rowOrNull(
    'critical_memory_percent',
    percent,
    `${CRITICAL_POINTS} above vm_limits.max_memory_percent`,
    'Memory in use above which the machine is critical: nothing is granted, and agents are ended until there is room.',
  ),
  criticalDiskPercent: rowOrNull(
    'critical_disk_percent',
    percent,
    `${CRITICAL_DISK_POINTS} above vm_limits.max_disk_percent`,
    'Disk in use above which the machine is critical: nothing is granted. No agent is ended for it.',
  ),
  cpuPressurePercent: row(
    'cpu_pressure_percent',
    percent,
    60,
    'Share of the time in which some task waits for a processor, from which the machine is degraded (Linux only).',
  ),
  memoryDwellMs: row(
    'memory_dwell',
    duration,
    '10s',
    'Memory or swap stays over its limit this long before the machine is degraded.',
  ),
  cpuDwellMs: row('cpu_dwell', duration, '30s', 'The same for the processors.'),
  // The load average already spans a minute.
  loadDwellMs: row('load_dwell', duration, '10s', 'The same for the load average; also before it is critical.'),
  diskDwellMs: row('disk_dwell', duration, '10s', 'The same for the disk; also before it is critical.'),
  recoverMs: row(
    'recover_after',
    duration,
    '60s',
    'A degraded machine stays clearly below its limits this long before it is healthy.',
  ),
  relieveMs: row(
    'relieve_after',
    duration,
    '15s',
    'A critical machine stays clearly below the critical limits this long before it is degraded.',
  ),
  stepDownMs: row(
    'step_down',
    duration,
    '30s',
    'Time between two reductions of capacity while the machine is strained. Each takes half of the free slots.',
  ),
  stepUpMs: row(
    'step_up',
    duration,
    '60s',
    'Time between two increases of capacity while the machine is healthy. Each gives one slot back.',
  ),
  cooldownMs: row('cooldown', duration, '15s', 'Least time between the ends of two agents when memory runs out.'),
  graceMs: row('grace', duration, '10s', 'Time from SIGTERM to SIGKILL when the monitor or `reap` ends processes.'),
  leastReclaimBytes: row(
    'least_reclaim',
    size,
    '64M',
    'An agent with less memory than this is not ended when memory runs out, because that would not help.',
  ),
  pause: row(
    'pause',
    flag,
    false,
    'Stops the agent of the lowest priority while memory falls fast; it goes on when memory has recovered.',
  ),
  pauseAtMostMs: row('pause_at_most', duration, '2m', 'A paused agent goes on after this long in any case.'),
  actFor: row(
    'act_for',
    userNames,
    [],
    "Users of a shared state for whom root's monitor also ends agents, as that user. It counts only in a file that only root may write.",
  ),
  textfile: rowOrNull(
    'textfile',
    folder,
    'no file is written',
    'Folder in which the monitor keeps `resource_manager.prom`, for the textfile collector of node_exporter.',
  ),
};
export type MonitorSettings = Values<typeof MONITOR>;
