import type { ProjectKey } from '../model/ids.ts';
import { projectKey } from '../model/ids.ts';
import type { Containment } from '../model/lease.ts';
import type { NoticeName } from '../notice.ts';
import type { BudgetSettings } from './budget.ts';
import { DEFAULT_BUDGET } from './budget.ts';
import type { AutoScale, MonitorSettings } from './health.ts';
import { DEFAULT_AUTO_SCALE, DEFAULT_MONITOR, DEFAULT_SLOT_MEMORY_BYTES } from './health.ts';
import type { HookSettings } from './hooks.ts';
import { DEFAULT_HOOKS } from './hooks.ts';
import type { AuditSettings, ClaudeSettings } from './usage.ts';
import { DEFAULT_AUDIT, DEFAULT_CLAUDE } from './usage.ts';

/** What a person sets in config.yaml, in the units the core counts in. */

export const STRATEGIES = ['fifo', 'fair-share', 'priority'] as const;
export type StrategyName = (typeof STRATEGIES)[number];

export interface ProjectSettings {
  /** Slots within which the project comes before any borrower. */
  readonly guaranteed: number;
  /** Most slots the project may have at once; null means `maxPerProject`. */
  readonly max: number | null;
  /** Its part under fair-share, relative to the others. */
  readonly weight: number;
}

/** A command to run when one of these things has happened. */
export interface NotifyRule {
  readonly on: readonly NoticeName[];
  readonly command: string;
}

/** How much of what happened is kept. */
export interface HistoryLimits {
  readonly keepMs: number;
  readonly maxBytes: number;
}

export interface Settings {
  readonly strategy: StrategyName;
  readonly projectPriorities: ReadonlyMap<ProjectKey, number>;
  readonly maxPerProject: number;
  readonly projects: ReadonlyMap<ProjectKey, ProjectSettings>;
  readonly drainAfterMs: number;
  readonly startSpacingMs: number;
  readonly claimWithinMs: number;
  readonly leaseTtlMs: number;
  /** Waiting this long raises a request by one priority, up to the highest. */
  readonly agingStepMs: number;
  /** A command gives up when it could not have the file lock for this long. */
  readonly lockWaitMs: number;
  /** A live process that holds the file lock longer than this is taken for hung; null: never. */
  readonly lockTakeoverMs: number | null;
  /** What one more agent is expected to need until its project has shown what it needs; 0 asks for no memory. */
  readonly slotMemoryBytes: number;
  readonly autoScale: AutoScale;
  readonly monitor: MonitorSettings;
  /** How `run` contains what it starts; `auto` takes the best that the machine offers. */
  readonly containment: 'auto' | Containment;
  readonly budget: BudgetSettings;
  readonly notify: readonly NotifyRule[];
  readonly history: HistoryLimits;
  readonly audit: AuditSettings;
  readonly claude: ClaudeSettings;
  readonly hooks: HookSettings;
  /** Every project spelling that config.yaml names. */
  readonly namedProjects: readonly string[];
  /** Keys of config.yaml that do not count, because another user can have written them. */
  readonly ignored: readonly string[];
}

export const MIN_PRIORITY = 1;
export const MAX_PRIORITY = 10;
const DEFAULT_PRIORITY = 5;

export const DEFAULT_SETTINGS: Settings = {
  strategy: 'fifo',
  projectPriorities: new Map(),
  maxPerProject: 10,
  projects: new Map(),
  drainAfterMs: 10 * 60_000,
  startSpacingMs: 0,
  claimWithinMs: 2 * 60_000,
  leaseTtlMs: 4 * 3_600_000,
  agingStepMs: 10 * 60_000,
  lockWaitMs: 10_000,
  lockTakeoverMs: null,
  slotMemoryBytes: DEFAULT_SLOT_MEMORY_BYTES,
  autoScale: DEFAULT_AUTO_SCALE,
  monitor: DEFAULT_MONITOR,
  containment: 'auto',
  budget: DEFAULT_BUDGET,
  notify: [],
  history: { keepMs: 90 * 86_400_000, maxBytes: 2 ** 30 },
  audit: DEFAULT_AUDIT,
  claude: DEFAULT_CLAUDE,
  hooks: DEFAULT_HOOKS,
  namedProjects: [],
  ignored: [],
};

export const projectPriority = (settings: Settings, project: string): number =>
  settings.projectPriorities.get(projectKey(project)) ?? DEFAULT_PRIORITY;

export const projectWeight = (settings: Settings, key: ProjectKey): number => settings.projects.get(key)?.weight ?? 1;

export const projectGuarantee = (settings: Settings, key: ProjectKey): number =>
  settings.projects.get(key)?.guaranteed ?? 0;

/** Most slots a project may have at once, by its own `max` or else by `max_per_project`. */
export const projectLimit = (settings: Settings, key: ProjectKey): number =>
  settings.projects.get(key)?.max ?? settings.maxPerProject;
