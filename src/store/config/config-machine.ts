/** The keys of config.yaml that say how the machine is watched, and how much is kept of what was seen. */
import { parseDuration, parseSize } from '../../core/amounts.ts';
import { CONTAINMENTS } from '../../core/model/lease.ts';
import type { AutoScale, MonitorSettings } from '../../core/settings/health.ts';
import type { HistoryLimits, Settings } from '../../core/settings/settings.ts';
import { DEFAULT_SETTINGS } from '../../core/settings/settings.ts';
import type { Path, RawMap } from '../document/shape.ts';
import { asCount, asMap, asNumber, optional, ShapeError } from '../document/shape.ts';

export function durationMs(value: unknown, path: Path): number {
  const ms = typeof value === 'string' ? parseDuration(value) : value === 0 ? 0 : null;
  if (ms === null) throw new ShapeError(path, 'a duration like 90s, 15m or 2h', value);
  return ms;
}

function sizeBytes(value: unknown, path: Path): number {
  const bytes = parseSize(String(value));
  if (bytes === null || (typeof value !== 'string' && typeof value !== 'number'))
    throw new ShapeError(path, 'a size like 600M or 2G', value);
  return bytes;
}

export function percent(value: unknown, path: Path): number {
  const number = asNumber(value, path);
  if (number < 0 || number > 100) throw new ShapeError(path, 'a number from 0 to 100', value);
  return number;
}

export function asBoolean(value: unknown, path: Path): boolean {
  if (typeof value !== 'boolean') throw new ShapeError(path, 'true or false', value);
  return value;
}

/** Absolute, for whoever keeps the monitor running starts it where it likes. */
function folder(value: unknown, path: Path): string {
  if (typeof value !== 'string' || !value.startsWith('/') || /\p{Cc}/u.test(value))
    throw new ShapeError(path, 'an absolute path of a folder', value);
  return value;
}

/** Each key of `monitor`, with the setting that it is and how it is read. */
const MONITOR_KEYS: Readonly<
  Record<string, readonly [keyof MonitorSettings, (value: unknown, path: Path) => unknown]>
> = {
  interval: ['intervalMs', durationMs],
  critical_memory_percent: ['criticalMemoryPercent', percent],
  critical_disk_percent: ['criticalDiskPercent', percent],
  cpu_pressure_percent: ['cpuPressurePercent', percent],
  memory_dwell: ['memoryDwellMs', durationMs],
  cpu_dwell: ['cpuDwellMs', durationMs],
  load_dwell: ['loadDwellMs', durationMs],
  disk_dwell: ['diskDwellMs', durationMs],
  recover_after: ['recoverMs', durationMs],
  relieve_after: ['relieveMs', durationMs],
  step_down: ['stepDownMs', durationMs],
  step_up: ['stepUpMs', durationMs],
  cooldown: ['cooldownMs', durationMs],
  grace: ['graceMs', durationMs],
  least_reclaim: ['leastReclaimBytes', sizeBytes],
  pause: ['pause', asBoolean],
  pause_at_most: ['pauseAtMostMs', durationMs],
  textfile: ['textfile', folder],
};

const AUTO_SCALE_KEYS = ['enabled', 'floor', 'ceiling'];

export function refuseUnknown(map: RawMap, section: string, known: readonly string[]): void {
  for (const key of Object.keys(map)) {
    if (!known.includes(key)) throw new ShapeError([section, key], `one of ${known.join(', ')}`, key);
  }
}

function monitor(value: unknown): MonitorSettings {
  const map = optional(value, (item) => asMap(item, ['monitor'])) ?? {};
  refuseUnknown(map, 'monitor', Object.keys(MONITOR_KEYS));
  const read = Object.entries(MONITOR_KEYS).flatMap(([key, [name, reader]]) => {
    const item = map[key];
    return item === undefined || item === null ? [] : [[name, reader(item, ['monitor', key])]];
  });
  const settings: MonitorSettings = { ...DEFAULT_SETTINGS.monitor, ...Object.fromEntries(read) };
  if (settings.intervalMs <= 0) throw new ShapeError(['monitor', 'interval'], 'a duration above 0', map.interval);
  return settings;
}

function autoScale(value: unknown): AutoScale {
  const map = optional(value, (item) => asMap(item, ['auto_scale'])) ?? {};
  refuseUnknown(map, 'auto_scale', AUTO_SCALE_KEYS);
  const defaults = DEFAULT_SETTINGS.autoScale;
  return {
    enabled: optional(map.enabled, (item) => asBoolean(item, ['auto_scale', 'enabled'])) ?? defaults.enabled,
    floor: optional(map.floor, (item) => asCount(item, ['auto_scale', 'floor'])) ?? defaults.floor,
    ceiling: optional(map.ceiling, (item) => asCount(item, ['auto_scale', 'ceiling'], 1)),
  };
}

function containment(value: unknown): Settings['containment'] {
  const names = ['auto', ...CONTAINMENTS] as const;
  const name = names.find((known) => known === value);
  if (name === undefined) throw new ShapeError(['containment'], names.join(', '), value);
  return name;
}

const HISTORY_KEYS = ['keep', 'max_size'];

function history(value: unknown): HistoryLimits {
  const map = optional(value, (item) => asMap(item, ['history'])) ?? {};
  refuseUnknown(map, 'history', HISTORY_KEYS);
  const { keepMs, maxBytes } = DEFAULT_SETTINGS.history;
  return {
    keepMs: optional(map.keep, (item) => durationMs(item, ['history', 'keep'])) ?? keepMs,
    maxBytes: optional(map.max_size, (item) => sizeBytes(item, ['history', 'max_size'])) ?? maxBytes,
  };
}

type MachineSettings = Pick<Settings, 'slotMemoryBytes' | 'autoScale' | 'monitor' | 'containment' | 'history'>;

/** Throws ShapeError for a value of the wrong kind, and for a key that these sections do not have. */
export const readMachineSettings = (values: RawMap): MachineSettings => ({
  slotMemoryBytes:
    optional(values.slot_memory, (value) => sizeBytes(value, ['slot_memory'])) ?? DEFAULT_SETTINGS.slotMemoryBytes,
  autoScale: autoScale(values.auto_scale),
  monitor: monitor(values.monitor),
  containment: optional(values.containment, containment) ?? DEFAULT_SETTINGS.containment,
  history: history(values.history),
});
