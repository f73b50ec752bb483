/**
 * The model of `top`, made from a snapshot at each read of the state; every key press renders a frame from it. All its
 * texts are safe to print.
 */

import { rankOf } from '../../core/budget/level.ts';
import { globalView } from '../../core/budget/overview.ts';
import { type Action, type Budgets, budgetKey, type Level } from '../../core/model/budget.ts';
import { projectKey } from '../../core/model/ids.ts';
import { elapsedMs } from '../../core/model/instants.ts';
import type { Lease } from '../../core/model/lease.ts';
import type { VmLimits, VmState } from '../../core/model/state.ts';
import { effectiveMaxSlots, leasesByProject, offeredSlots, usedSlots } from '../../core/model/state.ts';
import { type Outlook, outlooks } from '../../core/schedule/outlook.ts';
import type { BudgetSettings } from '../../core/settings/budget.ts';
import type { Snapshot } from '../../ports/snapshot.ts';
import { type ProjectJson, statusJson } from '../json/json.ts';
import { waitText } from '../reason.ts';
import { visible } from '../text/columns.ts';
import { slotsWord } from '../text/counts.ts';

export interface BudgetCell {
  readonly level: Level;
  readonly action: Action;
  /** Largest share used, from 0 up. */
  readonly share: number;
}

export interface AgentRow {
  readonly key: string;
  readonly name: string;
  /** 0 to 100. */
  readonly progress: number | null;
  readonly phase: string | null;
  readonly etaSeconds: number | null;
  readonly budget: BudgetCell | null;
}

export interface ProjectRow {
  readonly key: string;
  readonly project: string;
  readonly slots: number;
  /** Mean over its agents that report progress. */
  readonly progress: number | null;
  readonly etaSeconds: number | null;
  /** Budget of its agent with the largest used share. */
  readonly budget: BudgetCell | null;
  readonly agents: readonly AgentRow[];
  /** Slots without a named agent. */
  readonly unnamed: number;
  /** Ending or pause, in words. */
  readonly note: string | null;
}

export interface QueueRow {
  readonly key: string;
  readonly ticket: string;
  readonly project: string;
  readonly position: number;
  /** `4 slots`, `2 to 6 slots`. */
  readonly asked: string;
  readonly waitedSeconds: number;
  readonly etaSeconds: number | null;
  readonly why: string;
}

/** Budget of an agent without a lease. */
export interface BudgetRow {
  readonly key: string;
  readonly agent: string;
  readonly workflow: string;
  /** Taken from the name; null without a `/`. */
  readonly project: string | null;
  readonly budget: BudgetCell;
}

export interface Board {
  readonly vm: VmState;
  readonly limits: VmLimits;
  /** Seconds since the machine was sampled. */
  readonly sampledSeconds: number | null;
  readonly used: number;
  readonly most: number;
  readonly allowed: number;
  readonly setAside: number;
  readonly projects: readonly ProjectRow[];
  readonly queue: readonly QueueRow[];
  readonly budgets: readonly BudgetRow[];
  /** Agents per colour except green, the worst first. */
  readonly levels: readonly (readonly [level: Level, agents: number])[];
}

const projectIn = (agent: string): string | null => (agent.includes('/') ? agent.slice(0, agent.indexOf('/')) : null);

/** Figures derived from the budgets alone. */
interface Budgeted {
  readonly settings: BudgetSettings;
  /** Sorted by used share, the largest first. */
  readonly rows: readonly BudgetRow[];
  readonly byName: ReadonlyMap<string, BudgetRow>;
  readonly levels: Board['levels'];
}

/** Cached per budgets, since ten thousand standings cost more than the rest of a board. */
const cache = new WeakMap<Budgets, Budgeted>();

function budgetedOf(budgets: Budgets, settings: BudgetSettings): Budgeted {
  const found = cache.get(budgets);
  if (found?.settings === settings) return found;
  const byName = new Map<string, BudgetRow>();
  const counts = new Map<Level, number>();
  for (const { agent, standing } of globalView(budgets, settings, null).agents) {
    const { level, action, share } = standing;
    byName.set(budgetKey(agent.agent), {
      key: `budget ${budgetKey(agent.agent)}`,
      agent: visible(agent.agent),
      workflow: visible(agent.workflow),
      project: projectIn(agent.agent),
      budget: { level, action, share },
    });
    counts.set(level, (counts.get(level) ?? 0) + 1);
  }
  const rows = [...byName.values()].sort((a, b) => b.budget.share - a.budget.share || (a.agent < b.agent ? -1 : 1));
  const levels = [...counts].filter(([level]) => level !== 'green').sort(([a], [b]) => rankOf(b) - rankOf(a));
  const budgeted = { settings, rows, byName, levels };
  cache.set(budgets, budgeted);
  return budgeted;
}

const worst = (cells: readonly (BudgetCell | null)[]): BudgetCell | null =>
  cells.reduce((most, cell) => (cell !== null && (most === null || cell.share > most.share) ? cell : most), null);

const mean = (figures: readonly (number | null)[]): number | null => {
  const known = figures.filter((figure) => figure !== null);
  return known.length === 0 ? null : Math.round(known.reduce((sum, figure) => sum + figure, 0) / known.length);
};

/** `Phase 3/4` for a bare count, as in resource-status. */
const phaseText = (phase: string | null): string | null =>
  phase === null ? null : visible(/^\d+\/\d+$/.test(phase) ? `Phase ${phase}` : phase);

function noteOf(leases: readonly Lease[]): string | null {
  const ending = leases.find((lease) => lease.ending !== null)?.ending;
  if (ending) return visible(`ending: ${ending.why}`);
  return leases.some((lease) => lease.pausedAt !== null) ? 'paused to free memory' : null;
}

function projectRow(
  json: ProjectJson,
  leases: readonly Lease[],
  budgetOf: (name: string) => BudgetCell | null,
): ProjectRow {
  const project = visible(json.project);
  const agents = json.agents.map(
    ({ name, progress, phase, eta_seconds: etaSeconds }, at): AgentRow => ({
      key: `agent ${projectKey(json.project)} ${name} ${at}`,
      name: visible(name),
      progress,
      phase: phaseText(phase),
      etaSeconds,
      budget: budgetOf(name),
    }),
  );
  return {
    key: `project ${projectKey(json.project)}`,
    project,
    slots: json.slots,
    progress: mean(agents.map(({ progress }) => progress)),
    etaSeconds: json.eta_seconds,
    budget: worst(agents.map(({ budget }) => budget)),
    agents,
    unnamed: Math.max(0, json.leases.reduce((sum, { slots }) => sum + slots, 0) - agents.length),
    note: noteOf(leases),
  };
}

function queueRow(outlook: Outlook, { state, environment }: Snapshot): QueueRow {
  const { entry, position, eta } = outlook;
  const { ticket, project, minSlots, slots } = entry;
  return {
    key: `ticket ${ticket}`,
    ticket: visible(ticket),
    project: visible(project),
    position,
    asked: minSlots === slots ? slotsWord(slots) : `${minSlots} to ${slotsWord(slots)}`,
    waitedSeconds: Math.floor(elapsedMs(entry.queuedAt, environment.now) / 1000),
    etaSeconds: eta === null || eta.ms === 0 ? null : Math.ceil(eta.ms / 1000),
    why: visible(waitText(outlook, state, environment)),
  };
}

export function boardOf(snapshot: Snapshot): Board {
  const { state, environment } = snapshot;
  const budgeted = budgetedOf(state.budgets, environment.settings.budget);
  const working = new Set<BudgetRow>();
  const cellOf = (project: string, name: string): BudgetCell | null => {
    const { byName } = budgeted;
    const found = byName.get(budgetKey(`${project}/${name}`)) ?? byName.get(budgetKey(name));
    if (found === undefined) return null;
    working.add(found);
    return found.budget;
  };
  const leases = leasesByProject(state.leases);
  const projects = statusJson(snapshot).projects.map((json) =>
    projectRow(json, leases.get(projectKey(json.project)) ?? [], (name) => cellOf(json.project, name)),
  );
  const { sampledAt } = state.vmState;
  return {
    vm: state.vmState,
    limits: state.vmLimits,
    sampledSeconds: sampledAt === null ? null : Math.floor(elapsedMs(sampledAt, environment.now) / 1000),
    used: usedSlots(state),
    most: state.maxSlots,
    allowed: effectiveMaxSlots(state),
    setAside: offeredSlots(state),
    projects,
    queue: outlooks(state, environment).map((outlook) => queueRow(outlook, snapshot)),
    budgets: budgeted.rows.filter((row) => !working.has(row)),
    levels: budgeted.levels,
  };
}
