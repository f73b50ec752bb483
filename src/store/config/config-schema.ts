/** config.yaml: every key with its kind, its default and how it becomes a setting. */

import type { ProjectKey } from '../../core/model/ids.ts';
import { isProjectName, projectKey } from '../../core/model/ids.ts';
import type { ProjectSettings, Settings, StrategyName } from '../../core/settings/settings.ts';
import { DEFAULT_SETTINGS, MAX_PRIORITY, MIN_PRIORITY, STRATEGIES } from '../../core/settings/settings.ts';
import type { Path, RawMap } from '../document/shape.ts';
import { asCount, asMap, asNumber, optional, ShapeError } from '../document/shape.ts';
import { readBudgetSettings, readNotify } from './config-budget.ts';
import { readHookSettings } from './config-hooks.ts';
import { durationMs, readMachineSettings } from './config-machine.ts';
import { readAuditSettings, readClaudeSettings } from './config-transcripts.ts';

/** The keys this version acts on, each with its default as it would stand in the file. */
export const CONFIG_DEFAULTS: Readonly<Record<string, unknown>> = {
  strategy: 'fifo',
  project_priorities: {},
  max_per_project: 10,
  projects: {},
  drain_after: '10m',
  aging_step: '10m',
  start_spacing: '0s',
  claim_within: '2m',
  lease_ttl: '4h',
  slot_memory: '600M',
  auto_scale: { enabled: true, floor: 1 },
  monitor: { interval: '30s', grace: '10s', cooldown: '15s', pause: false, textfile: null },
  containment: 'auto',
  budget: { reserve_percent: 10, min_share_percent: 5, max_share_percent: 50 },
  notify: [],
  history: { keep: '90d', max_size: '1G' },
  audit: { tolerance_percent: 5, tolerance_tokens: 2000, on_mismatch: 'warn' },
  claude: { projects: {}, watch: false, reap_orphans: false },
  hooks: { wait: '20s', on_error: 'allow', silence: '15m', degrade_model: null },
  lock_wait: '10s',
  lock_takeover_after: null,
};

const PROJECT_KEYS = ['guaranteed', 'max', 'weight'];

function strategy(value: unknown): StrategyName {
  const name = STRATEGIES.find((known) => known === value);
  if (name === undefined) throw new ShapeError(['strategy'], STRATEGIES.join(', '), value);
  return name;
}

function byProject<T>(value: unknown, section: string, read: (value: unknown, path: Path) => T): Map<ProjectKey, T> {
  const read_ = new Map<ProjectKey, T>();
  if (value === undefined || value === null) return read_;
  for (const [name, item] of Object.entries(asMap(value, [section]))) {
    if (!isProjectName(name))
      throw new ShapeError([section, name], 'a project name (1 to 64 of A-Z a-z 0-9 . _ -)', name);
    if (read_.has(projectKey(name))) throw new ShapeError([section, name], 'each project once, however spelled', name);
    read_.set(projectKey(name), read(item, [section, name]));
  }
  return read_;
}

function projectSettings(value: unknown, path: Path): ProjectSettings {
  const map = asMap(value, path);
  for (const key of Object.keys(map)) {
    if (!PROJECT_KEYS.includes(key)) throw new ShapeError([...path, key], PROJECT_KEYS.join(', '), key);
  }
  const weight = optional(map.weight, (number) => asNumber(number, [...path, 'weight'])) ?? 1;
  if (weight < 0) throw new ShapeError([...path, 'weight'], 'a number from 0 up', weight);
  return {
    guaranteed: optional(map.guaranteed, (count) => asCount(count, [...path, 'guaranteed'])) ?? 0,
    max: optional(map.max, (count) => asCount(count, [...path, 'max'])),
    weight,
  };
}

/** Throws ShapeError for a value of the wrong kind; keys that are not known are left alone. */
export function readSettings(values: RawMap): Settings {
  const duration = (key: string, fallback: number): number =>
    optional(values[key], (value) => durationMs(value, [key])) ?? fallback;
  const defaults = DEFAULT_SETTINGS;
  const names = ['project_priorities', 'projects'].flatMap((key) => Object.keys((values[key] as object | null) ?? {}));
  const agingStepMs = duration('aging_step', defaults.agingStepMs);
  if (agingStepMs <= 0) throw new ShapeError(['aging_step'], 'a duration above 0', values.aging_step);
  return {
    strategy: optional(values.strategy, strategy) ?? defaults.strategy,
    projectPriorities: byProject(values.project_priorities, 'project_priorities', (value, path) =>
      asCount(value, path, MIN_PRIORITY, MAX_PRIORITY),
    ),
    maxPerProject:
      optional(values.max_per_project, (count) => asCount(count, ['max_per_project'], 1)) ?? defaults.maxPerProject,
    projects: byProject(values.projects, 'projects', projectSettings),
    drainAfterMs: duration('drain_after', defaults.drainAfterMs),
    startSpacingMs: duration('start_spacing', defaults.startSpacingMs),
    claimWithinMs: duration('claim_within', defaults.claimWithinMs),
    leaseTtlMs: duration('lease_ttl', defaults.leaseTtlMs),
    agingStepMs,
    lockWaitMs: duration('lock_wait', defaults.lockWaitMs),
    lockTakeoverMs: optional(values.lock_takeover_after, (value) => durationMs(value, ['lock_takeover_after'])),
    ...readMachineSettings(values),
    budget: readBudgetSettings(values.budget),
    notify: readNotify(values.notify),
    audit: readAuditSettings(values.audit),
    claude: readClaudeSettings(values.claude),
    hooks: readHookSettings(values.hooks),
    namedProjects: names,
    ignored: defaults.ignored,
  };
}
