/** The settings of config.yaml, in the units of the core and in the order of the file. */
import { type ProjectKey, projectKey } from '../model/ids.ts';
import { CONTAINMENTS } from '../model/lease.ts';
import type { RawMap } from '../shape.ts';
import { BUDGET } from './budget.ts';
import { AUTO_SCALE, MONITOR } from './health.ts';
import { HOOKS } from './hooks.ts';
import { count, duration, durationAboveZero, number, projectName, size, words } from './kinds.ts';
import { notifyRules } from './notify.ts';
import { STATED_PRICES } from './prices.ts';
import type { Each, Node, Rows, SectionRow, Values } from './rows.ts';
import { defaultsOf, readRows, row, rowOrNull } from './rows.ts';
import { AUDIT, CLAUDE } from './usage.ts';

export const STRATEGIES = ['fifo', 'fair-share', 'priority'] as const;
export type StrategyName = (typeof STRATEGIES)[number];

export const MIN_PRIORITY = 1;
export const MAX_PRIORITY = 10;
const DEFAULT_PRIORITY = 5;

const PROJECT = {
  guaranteed: row(
    'guaranteed',
    count(0),
    0,
    'Within this many slots the project comes before all projects that are beyond their guarantee.',
  ),
  max: rowOrNull('max', count(0), 'max_per_project', 'Most slots that the project may have at once.'),
  weight: row('weight', number(0), 1, "Size of the project's part under `fair-share`, relative to the other projects."),
};
export type ProjectSettings = Values<typeof PROJECT>;

const section = <R extends Rows>(key: string, rows: R): SectionRow<R> => ({ key, rows });

const byProject = <N extends Node>(key: string, item: N): Each<ProjectKey, N> => ({
  key,
  name: 'PROJECT',
  keyOf: (name, path) => projectKey(projectName.read(name, path)),
  item,
});

const HISTORY = {
  keepMs: row('keep', duration, '90d', 'Days that are older than this are deleted.'),
  maxBytes: row('max_size', size, '1G', 'While all days together are larger than this, the oldest is deleted.'),
};
export type HistoryLimits = Values<typeof HISTORY>;

export const SETTINGS = {
  strategy: row(
    'strategy',
    words(STRATEGIES),
    'fifo',
    'Request that is served next: the oldest (`fifo`), that of the project furthest below its part (`fair-share`), or that of the highest priority (`priority`).',
  ),
  drainAfterMs: row(
    'drain_after',
    duration,
    '10m',
    'Others may overtake a request that does not fit for at most this long; then free slots are kept for it.',
  ),
  agingStepMs: row(
    'aging_step',
    durationAboveZero,
    '10m',
    'Under `priority` and `fair-share`, a request moves up by one each time it has waited this long.',
  ),
  startSpacingMs: row('start_spacing', duration, '0s', 'Least time between two grants.'),
  maxPerProject: row('max_per_project', count(1), 10, 'Most slots that one project may have at once.'),
  projectPriorities: byProject(
    'project_priorities',
    row(
      'PROJECT',
      count(MIN_PRIORITY, MAX_PRIORITY),
      DEFAULT_PRIORITY,
      'Projects of higher priority go first under strategy `priority`, and are ended last when memory runs out.',
    ),
  ),
  projects: byProject('projects', section('PROJECT', PROJECT)),
  claimWithinMs: row(
    'claim_within',
    duration,
    '2m',
    'Free slots are kept this long for a request without a waiting process; then the next request gets them.',
  ),
  leaseTtlMs: row(
    'lease_ttl',
    duration,
    '4h',
    'A lease without a holder process ends after this long; the lease of an agent in a session, this long after its last sign of life.',
  ),
  slotMemoryBytes: row(
    'slot_memory',
    size,
    '600M',
    "Expected memory of one more agent, until the use of its project's agents is known. With 0, a grant needs no free memory.",
  ),
  containment: row(
    'containment',
    words(['auto', ...CONTAINMENTS]),
    'auto',
    'Means by which `run` finds the processes of its command again; `auto` is the strongest that the machine offers.',
  ),
  autoScale: section('auto_scale', AUTO_SCALE),
  monitor: section('monitor', MONITOR),
  budget: section('budget', BUDGET),
  hooks: section('hooks', HOOKS),
  claude: section('claude', CLAUDE),
  audit: section('audit', AUDIT),
  prices: STATED_PRICES,
  notify: row(
    'notify',
    notifyRules,
    [],
    'Commands that run on events. Each gets the event as JSON on its standard input.',
  ),
  history: section('history', HISTORY),
  lockWaitMs: row('lock_wait', duration, '10s', 'A command that cannot lock `slots.yaml` for this long exits with 75.'),
  lockTakeoverMs: row(
    'lock_takeover_after',
    durationAboveZero,
    '5s',
    'A process that holds the lock and shows no sign of life for this long loses it: it is stopped, or it ended where nobody here can see it.',
  ),
};

export interface Settings extends Values<typeof SETTINGS> {
  /** Every spelling of a project that config.yaml names. */
  readonly namedProjects: readonly string[];
  /** Keys of config.yaml that are ignored, because another user may have written them. */
  readonly ignored: readonly string[];
  /** Keys of config.yaml that are no setting, and ignored. */
  readonly unknown: readonly string[];
}

export const DEFAULT_SETTINGS: Settings = { ...defaultsOf(SETTINGS), namedProjects: [], ignored: [], unknown: [] };

const KEYS: ReadonlySet<string> = new Set(Object.values<Node>(SETTINGS).map(({ key }) => key));

/** The top-level keys that are no setting. */
export const unknownKeys = (values: RawMap): readonly string[] => Object.keys(values).filter((key) => !KEYS.has(key));

/** The settings of a configuration. Throws ShapeError for a value of the wrong kind; unknown top-level keys are ignored. */
export function readSettings(values: RawMap): Settings {
  const settings = readRows(SETTINGS, values, [], DEFAULT_SETTINGS);
  const named = [values.project_priorities, values.projects].flatMap((map) => Object.keys(map ?? {}));
  return { ...settings, namedProjects: named, ignored: [], unknown: unknownKeys(values) };
}

export const projectPriority = (settings: Settings, project: string): number =>
  settings.projectPriorities.get(projectKey(project)) ?? DEFAULT_PRIORITY;

export const projectWeight = (settings: Settings, key: ProjectKey): number => settings.projects.get(key)?.weight ?? 1;

export const projectGuarantee = (settings: Settings, key: ProjectKey): number =>
  settings.projects.get(key)?.guaranteed ?? 0;

/** Most slots that a project may have at once: its own `max`, or else `max_per_project`. */
export const projectLimit = (settings: Settings, key: ProjectKey): number =>
  settings.projects.get(key)?.max ?? settings.maxPerProject;
