/** The budgets for programs, under the names of their specification. Each amount names its unit. */

import { agentStanding, type Ordered, orderBudget } from '../app/budgets.ts';
import { NOTHING } from '../core/budget/amounts.ts';
import { isZoneName } from '../core/budget/local-zone.ts';
import type { BudgetOrder, PartialUsage } from '../core/budget/orders.ts';
import { globalView } from '../core/budget/overview.ts';
import { parsePeriod } from '../core/budget/window.ts';
import type { BudgetPriority, Usage } from '../core/model/budget.ts';
import { BUDGET_PRIORITIES, DEFAULT_WORKFLOW, isBudgetName } from '../core/model/budget.ts';
import { InternalError } from '../errors.ts';
import type { LocalTimeZone } from '../ports/clock.ts';
import type { Host } from '../ports/host.ts';
import type { Snapshot } from '../ports/snapshot.ts';
import type { Store } from '../ports/store.ts';
import type {
  AgentBudgetJson,
  CheckJson,
  GlobalBudgetJson,
  RebalanceMove,
  ReportAnswer,
} from '../render/json/budget-json.ts';
import { agentBudgetJson, checkJson, globalJson, moveJson, usageReportJson } from '../render/json/budget-json.ts';
import { type AmountsJson, amountsJson } from '../render/json/json-values.ts';
import { usage, wholeNumber } from './check.ts';

/** Whole tokens, milliseconds, US dollars; an absent dimension is unlimited, or unchanged. */
export interface BudgetSpec {
  readonly tokens?: number;
  readonly timeMs?: number;
  readonly cost?: number;
}

export interface AllocateOptions {
  readonly priority?: BudgetPriority;
  readonly workflow?: string;
  /** Renews every `day`, `week`, `month` or duration like `5h`. */
  readonly per?: string;
  /** Time zone of `per`; the machine's by default, UTC where it names none. */
  readonly timeZone?: string;
}

export interface UsageReport extends BudgetSpec {
  /** 0 to 100. */
  readonly progress?: number;
  readonly phase?: string;
  /** Name of the spend: it counts once, and settles the reservation of that name. */
  readonly id?: string;
  /** Amount to reserve for the next spend. */
  readonly reserve?: BudgetSpec;
}

/** Every call may throw ExpectedError, with the `exit` of the command of the same name. */
export interface BudgetManager {
  /** Sets the total of a workflow. Throws 69 if more is allocated already. */
  setTotal(
    spec: BudgetSpec,
    options?: Pick<AllocateOptions, 'workflow' | 'per' | 'timeZone'>,
  ): Promise<GlobalBudgetJson>;
  /** Replaces the budget of the agent. Throws 75 when the pool is short, 69 beyond the total. */
  allocateBudget(agent: string, spec: BudgetSpec, options?: AllocateOptions): Promise<AgentBudgetJson>;
  /** Divides the amounts evenly, to the last token. */
  allocateEqual(
    agents: readonly string[],
    total: BudgetSpec,
    options?: AllocateOptions,
  ): Promise<readonly AgentBudgetJson[]>;
  /** Divides the amounts by weight, to the last token. */
  allocateProportional(
    weights: Readonly<Record<string, number>>,
    total: BudgetSpec,
    options?: AllocateOptions,
  ): Promise<readonly AgentBudgetJson[]>;
  /** Adds to the budget of the agent. */
  allocateFromPool(agent: string, request: BudgetSpec, options?: AllocateOptions): Promise<AgentBudgetJson>;
  /** Counts the usage, even beyond the limit, and returns what the agent may do next. Throws 66 for an unknown agent. */
  reportUsage(agent: string, usage: UsageReport): Promise<ReportAnswer>;
  getStatus(agent: string): Promise<AgentBudgetJson>;
  getGlobalStatus(workflow?: string): Promise<GlobalBudgetJson>;
  /** Returns colour and action without a report. */
  checkEnforcement(agent: string): Promise<CheckJson>;
  /** Slows the agent down to this part of its own pace, above 0 up to 1. */
  throttle(agent: string, rate: number): Promise<CheckJson>;
  stop(agent: string, reason: string): Promise<CheckJson>;
  resume(agent: string): Promise<CheckJson>;
  /** Moves budget from idle agents to agents that run short. */
  rebalance(options?: { readonly workflow?: string; readonly dryRun?: boolean }): Promise<readonly RebalanceMove[]>;
  borrowFromPool(agent: string, amount: BudgetSpec): Promise<AgentBudgetJson>;
  /** Returns unused budget to the pool: the amount, or all that is left. */
  returnToPool(agent: string, amount?: BudgetSpec): Promise<AgentBudgetJson>;
  releaseBudget(agent: string): Promise<{ readonly released: AmountsJson; readonly consumed: AmountsJson }>;
}

const nameOf =
  (what: string) =>
  (text: string): string => {
    if (typeof text === 'string' && isBudgetName(text)) return text;
    throw usage(`${JSON.stringify(text)} is not ${what}`, 'PROJECT/NAME or a bare name');
  };
const agentName = nameOf('an agent');
const workflowName = nameOf('a workflow');

function named({ tokens, timeMs, cost }: BudgetSpec): PartialUsage {
  if (cost !== undefined && !(Number.isFinite(cost) && cost >= 0))
    throw usage(`cost must be US dollars from 0 up, got ${cost}`, 'pass a number like 5.0');
  return {
    ...(tokens === undefined ? {} : { tokens: wholeNumber('tokens', tokens, 0) }),
    ...(timeMs === undefined ? {} : { timeMs: wholeNumber('timeMs', timeMs, 0) }),
    ...(cost === undefined ? {} : { costMicroUsd: Math.round(cost * 1e6) }),
  };
}

function usageOf(spec: BudgetSpec): Usage | null {
  const amounts = named(spec);
  if (Object.keys(amounts).length === 0) return null;
  return { ...NOTHING, ...amounts };
}

function renewalOf(
  { per, timeZone }: AllocateOptions,
  machine: LocalTimeZone,
): { per: string; timeZone: string } | null {
  if (per === undefined) return null;
  const period = parsePeriod(per);
  if (period === null) throw usage(`per must be a period, got ${JSON.stringify(per)}`, 'like 5h, day, week or month');
  const zone = timeZone ?? machine.timeZone().name;
  if (!isZoneName(zone)) throw usage(`there is no time zone ${JSON.stringify(zone)}`, 'like Europe/Vienna');
  return { per: period, timeZone: zone };
}

export interface BudgetPorts extends LocalTimeZone {
  readonly store: Store;
  readonly host: Pick<Host, 'self'>;
}

/** The budgets of one state. */
export function budgetOperations({ store, host, ...machine }: BudgetPorts): BudgetManager {
  const order = (wanted: BudgetOrder, isDryRun = false): Promise<Ordered> => orderBudget(store, wanted, isDryRun);
  const give = (
    agents: readonly { readonly agent: string; readonly weight: number }[],
    spec: BudgetSpec,
    options: AllocateOptions,
    isAdding = false,
  ): Promise<Ordered> => {
    const priority = options.priority ?? null;
    if (priority !== null && !BUDGET_PRIORITIES.includes(priority))
      throw usage(`there is no priority ${JSON.stringify(priority)}`, `one of ${BUDGET_PRIORITIES.join(', ')}`);
    for (const { agent } of agents) agentName(agent);
    const workflow = options.workflow === undefined ? null : workflowName(options.workflow);
    const renewal = renewalOf(options, machine);
    return order({ do: 'allocate', agents, amounts: named(spec), workflow, priority, renewal, isAdding });
  };
  const all = ({ outcome, committed }: Ordered): readonly AgentBudgetJson[] =>
    outcome.agents.map((name) => agentBudgetJson(agentStanding(committed, name)));
  const one = (ordered: Ordered): AgentBudgetJson => all(ordered)[0] as AgentBudgetJson;
  const globalStatus = async (workflow: string | null): Promise<GlobalBudgetJson> => {
    const { state, environment } = await store.read();
    return globalJson(globalView(state.budgets, environment.settings.budget, workflow));
  };

  return {
    async setTotal(spec, options = {}) {
      const workflow = workflowName(options.workflow ?? DEFAULT_WORKFLOW);
      await order({ do: 'total', workflow, amounts: named(spec), renewal: renewalOf(options, machine) });
      return globalStatus(workflow);
    },
    async allocateBudget(agent, spec, options = {}) {
      return one(await give([{ agent, weight: 1 }], spec, options));
    },
    async allocateEqual(agents, total, options = {}) {
      const weighted = agents.map((agent) => ({ agent, weight: 1 }));
      return all(await give(weighted, total, options));
    },
    async allocateProportional(weights, total, options = {}) {
      const weighted = Object.entries(weights).map(([agent, weight]) => ({ agent, weight }));
      if (weighted.some(({ weight }) => !(Number.isFinite(weight) && weight >= 0)))
        throw usage('a weight must be a number from 0 up', 'like { auth: 3, api: 1 }');
      return all(await give(weighted, total, options));
    },
    async allocateFromPool(agent, request, options = {}) {
      return one(await give([{ agent, weight: 1 }], request, options, true));
    },
    async reportUsage(agent, report) {
      const reserve = report.reserve === undefined ? null : usageOf(report.reserve);
      const { outcome, committed } = await order({
        do: 'report',
        agent: agentName(agent),
        usage: usageOf(report),
        progress: report.progress ?? null,
        phase: report.phase ?? null,
        id: report.id ?? null,
        reserve,
        holder: reserve === null ? null : host.self(),
      });
      if (outcome.report === null) throw new InternalError('report-lost-api-3d19', `the report of ${agent} is lost`);
      return usageReportJson(agentStanding(committed, agent), outcome.report);
    },
    async getStatus(agent) {
      return agentBudgetJson(agentStanding(await store.read(), agent));
    },
    getGlobalStatus: (workflow) => globalStatus(workflow ?? null),
    async checkEnforcement(agent) {
      return check(await store.read(), agent);
    },
    async throttle(agent, rate) {
      if (!(rate > 0 && rate <= 1)) throw usage(`rate must be above 0 and at most 1, got ${rate}`, 'like 0.5');
      return check((await order({ do: 'throttle', agent: agentName(agent), rate })).committed, agent);
    },
    async stop(agent, reason) {
      return check((await order({ do: 'stop', agent: agentName(agent), reason })).committed, agent);
    },
    async resume(agent) {
      return check((await order({ do: 'resume', agent: agentName(agent) })).committed, agent);
    },
    async rebalance({ workflow = null, dryRun = false } = {}) {
      return (await order({ do: 'rebalance', workflow }, dryRun)).outcome.moves.map(moveJson);
    },
    async borrowFromPool(agent, amount) {
      return one(await order({ do: 'borrow', agent: agentName(agent), amounts: named(amount) }));
    },
    async returnToPool(agent, amount) {
      const amounts = amount === undefined ? null : named(amount);
      return one(await order({ do: 'return', agent: agentName(agent), amounts }));
    },
    async releaseBudget(agent) {
      const { released } = (await order({ do: 'release', agent: agentName(agent) })).outcome;
      if (released === null) throw new InternalError('release-lost-api-8a20', `the release of ${agent} is lost`);
      return { released: amountsJson(released.returned), consumed: amountsJson(released.consumed) };
    },
  };
}

const check = (snapshot: Snapshot, name: string): CheckJson => checkJson(agentStanding(snapshot, name));
