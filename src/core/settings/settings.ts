/** What a person sets in config.yaml, in the units the core counts in. The keys stand in the order of the file. */
import type { ProjectKey } from '../model/ids.ts';
import { projectKey } from '../model/ids.ts';
import { CONTAINMENTS } from '../model/lease.ts';
import type { RawMap } from '../shape.ts';
import { BUDGET } from './budget.ts';
import { AUTO_SCALE, MONITOR } from './health.ts';
import { HOOKS } from './hooks.ts';
import { count, duration, durationAboveZero, number, projectName, size, words } from './kinds.ts';
import { notifyRules } from './notify.ts';
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
    'Up to this many slots the project comes before all projects that are beyond theirs.',
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
    'Who is served next: the oldest request (`fifo`), the project furthest below its part (`fair-share`), or the highest priority (`priority`).',
  ),
  drainAfterMs: row(
    'drain_after',
    duration,
    '10m',
    'A request that does not fit is overtaken for this long at most; then free slots are kept for it.',
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
      'The higher project goes first under strategy `priority`, and is ended last when memory runs out.',
    ),
  ),
  projects: byProject('projects', section('PROJECT', PROJECT)),
  claimWithinMs: row(
    'claim_within',
    duration,
    '2m',
    'Slots that come free are kept this long for a requester that did not wait; then the next in line gets them.',
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
    "Memory that one more agent is expected to need, until its project's agents have shown their need. With 0, a grant needs no free memory.",
  ),
  containment: row(
    'containment',
    words(['auto', ...CONTAINMENTS]),
    'auto',
    'How `run` keeps hold of the processes of its command; `auto` is the strongest way that the machine offers.',
  ),
  autoScale: section('auto_scale', AUTO_SCALE),
  monitor: section('monitor', MONITOR),
  budget: section('budget', BUDGET),
  hooks: section('hooks', HOOKS),
  claude: section('claude', CLAUDE),
  audit: section('audit', AUDIT),
  notify: row(
    'notify',
    notifyRules,
    [],
    'Commands that are run when something happens. Each gets the event as JSON on its standard input.',
  ),
  history: section('history', HISTORY),
  lockWaitMs: row('lock_wait', duration, '10s', 'A command that cannot lock `slots.yaml` for this long exits with 75.'),
  lockTakeoverMs: rowOrNull(
    'lock_takeover_after',
    duration,
    'never',
    'A live process that has held the lock for longer than this is taken to hang, and loses it.',
  ),
};

export interface Settings extends Values<typeof SETTINGS> {
  /** Every spelling of a project that config.yaml names. */
  readonly namedProjects: readonly string[];
  /** Keys of config.yaml that do not count, because another user can have written them. */
  readonly ignored: readonly string[];
}

export const DEFAULT_SETTINGS: Settings = { ...defaultsOf(SETTINGS), namedProjects: [], ignored: [] };

/** The settings of a configuration. Throws ShapeError for a value of the wrong kind; unknown keys are left alone. */
export function readSettings(values: RawMap): Settings {
  const settings = readRows(SETTINGS, values, [], DEFAULT_SETTINGS);
  const named = [values.project_priorities, values.projects].flatMap((map) => Object.keys(map ?? {}));
  return { ...settings, namedProjects: named, ignored: [] };
}

export const projectPriority = (settings: Settings, project: string): number =>
  settings.projectPriorities.get(projectKey(project)) ?? DEFAULT_PRIORITY;

export const projectWeight = (settings: Settings, key: ProjectKey): number => settings.projects.get(key)?.weight ?? 1;

export const projectGuarantee = (settings: Settings, key: ProjectKey): number =>
  settings.projects.get(key)?.guaranteed ?? 0;

/** Most slots a project may have at once, by its own `max` or else by `max_per_project`. */
export const projectLimit = (settings: Settings, key: ProjectKey): number =>
  settings.projects.get(key)?.max ?? settings.maxPerProject;
