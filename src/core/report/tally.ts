/** Sums over a span of history, record by record: slots by project, usage by agent, incidents. */
import { Overruns, overrunIn } from '../budget/overrun.ts';
import { RunStarts } from '../forecast/run-starts.ts';
import { DIMENSIONS, type Usage } from '../model/budget.ts';
import { type ProjectKey, projectKey } from '../model/ids.ts';
import type { Instant } from '../model/instants.ts';
import { causeIn } from '../model/lease.ts';
import { usageIn } from '../model/published.ts';
import { type KeptRecord, numberIn, textIn } from '../model/record.ts';
import { projectWeight, type Settings } from '../settings/settings.ts';
import { jain, owedSlots } from './fairness.ts';
import { SLOT_KINDS, SlotSweep } from './slot-sweep.ts';
import { Spread } from './spread.ts';
import type { EndedWait } from './wait.ts';

export const REPORT_KINDS: ReadonlySet<string> = new Set([
  ...SLOT_KINDS,
  'usage',
  'budget',
  'overrun',
  'ending',
  'run',
]);

/** A longer gap between reports is idle time, not work. */
const IDLE_MS = 300_000;

export interface ProjectTally {
  readonly project: string;
  slotMs: number;
  grants: number;
  /** Seconds from request to grant. */
  readonly waits: Spread;
  readonly held: Spread;
  denied: number;
  reclaimed: number;
  killed: number;
  /** Slots that it should have had beside those that it held (`owedSlots`), × time. */
  owedMs: number;
  /** The longest wait of its grants; null before the first one. */
  longest: LongestWait | null;
}

/** The wait of a grant in seconds, with its parts; null when its request is not known. */
export interface LongestWait {
  readonly seconds: number;
  readonly wait: EndedWait | null;
}

export interface AgentTally {
  readonly agent: string;
  readonly workflow: string;
  tokens: number;
  timeMs: number;
  costMicroUsd: number;
  reports: number;
  crossings: number;
}

/** Usage in the present run of an agent. */
export interface RunTally {
  readonly used: Record<keyof Usage, number>;
  idleMs: number;
  readonly firstAt: Instant;
  lastAt: Instant;
}

export interface Fairness {
  /** Jain's index over served ÷ entitled of all projects that held or wanted slots; null when none was served. */
  readonly index: number | null;
  readonly projects: number;
}

export interface TallySpan {
  readonly since: Instant;
  readonly until: Instant;
}

export class Tally {
  readonly projects = new Map<ProjectKey, ProjectTally>();
  readonly agents = new Map<string, AgentTally>();
  /** Slots in use, capacity, and slots that were both requested and available, each × time. */
  usedMs = 0;
  capacityMs = 0;
  demandMs = 0;
  /** Changes of colour, and seconds from the order to end a run by its budget to the end of that run. */
  crossings = 0;
  readonly ended = new Spread();
  /** Waits of other projects while an agent or lease held slots, by its name, in slot-milliseconds. */
  readonly caused = new Map<string, number>();
  readonly overruns = new Overruns();
  events = 0;
  /** Present runs of agents, by agent key; absent before the first report of the run. */
  readonly runs = new Map<string, RunTally>();
  readonly starts = new RunStarts();
  #hasWaits = false;
  readonly #ending = new Map<string, Instant>();
  /** Projects as they were first typed. */
  readonly #typed = new Map<ProjectKey, string>();
  readonly #sweep: SlotSweep;
  readonly #settings: Settings;
  readonly #span: TallySpan;

  constructor(settings: Settings, capacity: number, span: TallySpan) {
    this.#settings = settings;
    this.#span = span;
    this.#sweep = new SlotSweep(capacity, (ms, from) => this.#addSpan(ms, from));
  }

  /** Takes records in order; records from before the span only show the holdings at its start. */
  take(record: KeptRecord): void {
    const wait = record.kind === 'granted' ? this.#sweep.waitOf(textIn(record, 'ticket'), record.at) : null;
    this.#sweep.take(record);
    if (record.kind === 'granted' || record.kind === 'queued') this.#note(textIn(record, 'project'));
    if (record.at < this.#span.since || record.at > this.#span.until) return;
    this.events += 1;
    for (const key of this.starts.take(record)) this.runs.delete(key);
    const project = textIn(record, 'project');
    switch (record.kind) {
      case 'granted':
        if (project !== null) this.#granted(this.#project(project), record, wait);
        break;
      case 'released':
        if (project !== null) this.#project(project).held.add(numberIn(record, 'held_seconds') ?? 0);
        this.#gone(record);
        break;
      case 'reclaimed':
        if (project !== null) this.#project(project).reclaimed += 1;
        this.#gone(record);
        break;
      case 'killed':
        if (project !== null) this.#project(project).killed += 1;
        this.#gone(record);
        break;
      case 'denied':
        if (project !== null) this.#project(project).denied += 1;
        break;
      case 'ending':
        if (causeIn(record.by, textIn(record, 'why') ?? '') === 'budget') {
          const lease = textIn(record, 'lease') ?? '';
          this.#ending.set(lease, this.#ending.get(lease) ?? record.at);
        }
        break;
      case 'usage':
        this.#used(record);
        break;
      case 'overrun': {
        const overrun = overrunIn(record);
        if (overrun !== null) this.overruns.add(overrun);
        break;
      }
      case 'budget': {
        this.crossings += 1;
        const agent = this.agents.get((textIn(record, 'agent') ?? '').toLowerCase());
        if (agent) agent.crossings += 1;
        break;
      }
    }
  }

  /** Null when no request waited. */
  fairness(): Fairness | null {
    if (!this.#hasWaits) return null;
    const entitled = [...this.projects.values()].filter(({ slotMs, owedMs }) => slotMs + owedMs > 0);
    const index = jain(entitled.map(({ slotMs, owedMs }) => slotMs / (slotMs + owedMs)));
    return { index, projects: entitled.length };
  }

  /** Completes the sums after the last record. */
  close(): void {
    this.#sweep.upTo(this.#span.until);
  }

  #note(project: string | null): void {
    if (project === null) return;
    const key = projectKey(project);
    if (!this.#typed.has(key)) this.#typed.set(key, project);
  }

  #project(name: string): ProjectTally {
    const key = projectKey(name);
    const present = this.projects.get(key);
    if (present) return present;
    const project: ProjectTally = {
      project: this.#typed.get(key) ?? name,
      slotMs: 0,
      grants: 0,
      waits: new Spread(),
      held: new Spread(),
      denied: 0,
      reclaimed: 0,
      killed: 0,
      owedMs: 0,
      longest: null,
    };
    this.projects.set(key, project);
    return project;
  }

  #granted(project: ProjectTally, record: KeptRecord, wait: EndedWait | null): void {
    const seconds = numberIn(record, 'waited_seconds') ?? 0;
    project.grants += 1;
    project.waits.add(seconds);
    if (seconds > (project.longest?.seconds ?? -1)) project.longest = { seconds, wait };
  }

  #gone(record: KeptRecord): void {
    const lease = textIn(record, 'lease') ?? '';
    const since = this.#ending.get(lease);
    if (since === undefined) return;
    this.#ending.delete(lease);
    this.ended.add((record.at - since) / 1000);
  }

  #used(record: KeptRecord): void {
    const name = textIn(record, 'agent');
    if (name === null) return;
    const key = name.toLowerCase();
    const present = this.agents.get(key);
    const agent: AgentTally = present ?? {
      agent: name,
      workflow: textIn(record, 'workflow') ?? 'default',
      tokens: 0,
      timeMs: 0,
      costMicroUsd: 0,
      reports: 0,
      crossings: 0,
    };
    if (present === undefined) this.agents.set(key, agent);
    const used = usageIn(record);
    for (const dimension of DIMENSIONS) agent[dimension] += used[dimension];
    agent.reports += 1;
    const run = this.runs.get(key) ?? {
      used: { tokens: 0, timeMs: 0, costMicroUsd: 0 },
      idleMs: 0,
      firstAt: record.at,
      lastAt: record.at,
    };
    this.runs.set(key, run);
    for (const dimension of DIMENSIONS) run.used[dimension] += used[dimension];
    const gap = record.at - run.lastAt;
    if (gap > IDLE_MS) run.idleMs += gap;
    run.lastAt = record.at;
  }

  /** Adds a span without changes, as far as it lies inside the tally's span. */
  #addSpan(spanMs: number, from: Instant): void {
    const { since, until } = this.#span;
    const ms = Math.min(from + spanMs, until) - Math.max(from, since);
    if (ms <= 0) return;
    const { used, usedBy, queuedBy, held, capacity, waiting, queued } = this.#sweep;
    this.usedMs += used * ms;
    this.capacityMs += capacity * ms;
    this.demandMs += Math.min(Math.max(capacity, used), used + queued) * ms;
    for (const [project, slots] of usedBy) if (slots > 0) this.#project(project).slotMs += slots * ms;
    if (waiting.size === 0) return;
    this.#hasWaits = true;
    for (const { project } of waiting.values()) this.#project(project);
    for (const [project, slots] of owedSlots(this.#sweep, (key) => projectWeight(this.#settings, key)))
      this.#project(project).owedMs += slots * ms;
    for (const [lease, { agents, slots, project }] of held) {
      const others = queued - (queuedBy.get(project) ?? 0);
      if (others <= 0 || used <= 0) continue;
      const part = (others * ms * slots) / used;
      for (const name of agents.length === 0 ? [lease] : agents.map((agent) => `${project}/${agent.toLowerCase()}`))
        this.caused.set(name, (this.caused.get(name) ?? 0) + part / Math.max(1, agents.length));
    }
  }
}
