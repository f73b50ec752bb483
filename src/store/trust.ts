/** Takes out of a configuration and a state what counts only from a file that no other user can have written. */

import { STOPPED_BY_HAND } from '../core/model/budget.ts';
import type { State } from '../core/model/state.ts';
import { CRITICAL_POINTS } from '../core/settings/health.ts';
import type { Node, Rows } from '../core/settings/rows.ts';
import { readSettings, SETTINGS, type Settings } from '../core/settings/settings.ts';
import { DEFAULT_VM_LIMITS } from '../core/settings/slots-file.ts';
import type { RawMap } from '../core/shape.ts';
import type { Command, Outcome } from '../core/transition.ts';
import { FULL_TRUST, type Trust } from '../core/trust/trust.ts';
import { orElse } from '../errors.ts';
import { isShared } from '../files/trust.ts';

interface Committing {
  readonly before: State;
  readonly command: Command;
  readonly committed: { readonly state: State; readonly outcome: Outcome };
}

/**
 * Keys that share out slots and budgets; they count from every file. All others say what is run, ended, written or said,
 * or how long others wait.
 */
const SHARED_KEYS: ReadonlySet<string> = new Set([
  ...['strategy', 'drain_after', 'aging_step', 'start_spacing', 'max_per_project', 'project_priorities', 'projects'],
  ...['claim_within', 'lease_ttl', 'slot_memory', 'auto_scale', 'prices', 'audit'],
  ...['budget.reserve_percent', 'budget.min_share_percent', 'budget.max_share_percent', 'budget.thresholds'],
  ...['budget.hysteresis', 'budget.throttle_rate', 'budget.reservation_ttl', 'budget.idle_after'],
  'budget.auto_rebalance',
]);

const isInitial = (node: Node, value: unknown): boolean =>
  'rows' in node || 'item' in node
    ? Object.keys(value as RawMap).length === 0
    : JSON.stringify(value) === JSON.stringify(node.initial);

function shared(rows: Rows, values: RawMap, prefix: string, ignored: string[]): RawMap {
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(values)) {
    const node = Object.values(rows).find((row) => row.key === key);
    if (node === undefined || value === null || SHARED_KEYS.has(prefix + key)) kept[key] = value;
    else if ('rows' in node) kept[key] = shared(node.rows, value as RawMap, `${prefix}${key}.`, ignored);
    else if (!isInitial(node, value)) ignored.push(prefix + key);
  }
  return kept;
}

/** The settings of a valid configuration, with the default of each key that needs a trusted file. */
export function distrusted(values: RawMap): Settings {
  const ignored: string[] = [];
  return { ...readSettings(shared(SETTINGS, values, '', ignored)), ignored };
}

const DEFAULT_CRITICAL_PERCENT = DEFAULT_VM_LIMITS.maxMemoryPercent + CRITICAL_POINTS;

/**
 * The settings for a state that another user can have written: its budgets end no processes, and change neither the model
 * of an agent nor the answer to one of its calls; its `vm_limits` do not make memory critical, which ends agents.
 */
export const inSharedState = (settings: Settings): Settings => ({
  ...settings,
  monitor: {
    ...settings.monitor,
    criticalMemoryPercent: settings.monitor.criticalMemoryPercent ?? DEFAULT_CRITICAL_PERCENT,
  },
  budget: { ...settings.budget, onStop: 'refuse' },
  hooks: { ...settings.hooks, degradeModel: null },
});

/** All words that the monitor uses for what strains a machine. */
const MEASURED: ReadonlySet<string> = new Set(
  (
    'memory used limit GiB left work stalls for it by nothing that the kernel names no agent is ended all of time swap ' +
    'CPU busy waits a processor monitor cpu_pressure_percent taken host load critical above processes and threads in use ' +
    'disk has its inodes lasts until below waiting recovering from strain'
  ).split(' '),
);
const isMeasured = (reason: string): boolean =>
  (reason.replace(/\/[\w./-]{0,60}/g, '').match(/[^\d\s%(),;:.]+/g) ?? []).every((word) => MEASURED.has(word));

/** A name or number of a phase, as in `3/5` or `tests`; no sentence. */
const isLabel = (phase: string): boolean => /^[\w./:%+-]+(?: [\w./:%+-]+){0,3}$/.test(phase) && phase.length <= 40;

const withoutPhase = <T extends { readonly phase: string | null }>(of: T): T =>
  of.phase === null || isLabel(of.phase) ? of : { ...of, phase: null };

/** The state without sentences that another user can have written, because agents obey what they read. */
export function withoutTexts(state: State): State {
  const { vmState, budgets, leases } = state;
  const agents = budgets.agents.map((agent) => {
    const named = withoutPhase(agent);
    return named.stopped === null ? named : { ...named, stopped: { ...named.stopped, reason: STOPPED_BY_HAND } };
  });
  return {
    ...state,
    vmState: vmState.reason === null || isMeasured(vmState.reason) ? vmState : { ...vmState, reason: 'strain' },
    budgets: agents.length === 0 ? budgets : { ...budgets, agents },
    leases: leases.map((lease) => ({ ...lease, agents: lease.agents.map(withoutPhase) })),
  };
}

/** The trust of this user in the processes of the state: full trust, unless other users may write to the state. */
export async function trustIn(dir: string): Promise<Trust> {
  return isShared(dir) ? (await import('../files/vouchers.ts')).readTrust(dir) : FULL_TRUST;
}

/** In a shared state: writes this user's vouchers for what is about to be committed. Returns what to do after the commit. */
export async function vouchFor(dir: string, done: readonly Committing[]): Promise<() => void> {
  if (!isShared(dir)) return () => {};
  const { writeVouchers } = await import('../files/vouchers.ts');
  const applied = done.map(({ before, command, committed: { state: after, outcome } }) => {
    return { before, command, after, outcome };
  });
  // Without a voucher nobody acts on the processes, but the slots count all the same.
  return orElse(
    () => writeVouchers(dir, applied),
    () => {},
  );
}
