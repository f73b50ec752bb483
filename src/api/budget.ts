/** The budgets for programs: the seeds' operations under their names. All amounts are in the units that they name. */

import type { BudgetOutcome } from '../core/budget/done.ts';
import type { Named } from '../core/budget/orders.ts';
import type { Standing } from '../core/budget/standing.ts';
import { standingIn } from '../core/budget/standing.ts';
import { isTimeZone, parsePeriod } from '../core/budget/window.ts';
import type { BudgetOrder } from '../core/commands/budget.ts';
import type { AgentBudget, BudgetPriority, Usage } from '../core/model/budget.ts';
import { BUDGET_PRIORITIES, DEFAULT_WORKFLOW, isBudgetName } from '../core/model/budget.ts';
import { InternalError } from '../errors.ts';
import type { Host, Snapshot, Store } from '../ports/context.ts';
import type { AgentBudgetJson, CheckJson, GlobalBudgetJson } from '../render/budget.ts';
import { agentBudgetJson, checkJson, globalJson, globalView } from '../render/budget.ts';
import type { AmountsJson } from '../render/json/json-values.ts';
import { amountsJson } from '../render/json/json-values.ts';
import { knownAgent, refusalError } from '../render/refusal.ts';
import { usage, wholeNumber } from './check.ts';

/** Whole tokens, milliseconds, US dollars; what is left out is not limited, or not meant. */
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
  /** Time zone of `per`; the machine's by default. */
  readonly timeZone?: string;
}

export interface UsageReport extends BudgetSpec {
  /** 0 to 100. */
  readonly progress?: number;
  readonly phase?: string;
  /** Names the spend: it counts once, and settles the reservation of that name. */
  readonly id?: string;
  /** What to set aside for the next spend. */
  readonly reserve?: BudgetSpec;
}

export interface ReportAnswer extends CheckJson {
  readonly duplicate: boolean;
  readonly reservation: { readonly id: string; readonly admitted: boolean } | null;
}

export interface RebalanceMove {
  readonly agent: string;
  readonly workflow: string;
  readonly kind: 'reclaim' | 'demand';
  readonly amounts: AmountsJson;
  readonly reason: string;
}

/** Every call may throw ExpectedError; its `exit` is that of the command of the same name. */
export interface BudgetManager {
  /** What all agents of the workflow share. Throws 69 when more is given out already. */
  setTotal(
    spec: BudgetSpec,
    options?: Pick<AllocateOptions, 'workflow' | 'per' | 'timeZone'>,
  ): Promise<GlobalBudgetJson>;
  /** Gives the agent this budget in the place of what it had. Throws 75 when the pool is short, 69 beyond the total. */
  allocateBudget(agent: string, spec: BudgetSpec, options?: AllocateOptions): Promise<AgentBudgetJson>;
  /** The amounts divided evenly, to the last token. */
  allocateEqual(
    agents: readonly string[],
    total: BudgetSpec,
    options?: AllocateOptions,
  ): Promise<readonly AgentBudgetJson[]>;
  /** The amounts divided by weight, to the last token. */
  allocateProportional(
    weights: Readonly<Record<string, number>>,
    total: BudgetSpec,
    options?: AllocateOptions,
  ): Promise<readonly AgentBudgetJson[]>;
  /** On top of what the agent has. */
  allocateFromPool(agent: string, request: BudgetSpec, options?: AllocateOptions): Promise<AgentBudgetJson>;
  /** Counts what was used, whatever the limit, and says what the agent may do next. Throws 66 for an unknown agent. */
  reportUsage(agent: string, usage: UsageReport): Promise<ReportAnswer>;
  getStatus(agent: string): Promise<AgentBudgetJson>;
  getGlobalStatus(workflow?: string): Promise<GlobalBudgetJson>;
  /** Colour and action, without reporting anything. */
  checkEnforcement(agent: string): Promise<CheckJson>;
  /** Part of its own pace that the agent keeps: above 0 up to 1. */
  throttle(agent: string, rate: number): Promise<CheckJson>;
  stop(agent: string, reason: string): Promise<CheckJson>;
  resume(agent: string): Promise<CheckJson>;
  /** Moves idle budget to where it runs short. */
  rebalance(options?: { readonly workflow?: string; readonly dryRun?: boolean }): Promise<readonly RebalanceMove[]>;
  borrowFromPool(agent: string, amount: BudgetSpec): Promise<AgentBudgetJson>;
  /** Without an amount all that is left. */
  returnToPool(agent: string, amount?: BudgetSpec): Promise<AgentBudgetJson>;
  releaseBudget(agent: string): Promise<{ readonly released: AmountsJson; readonly consumed: AmountsJson }>;
}

function name(what: string, text: string): string {
  if (typeof text === 'string' && isBudgetName(text)) return text;
  throw usage(`${JSON.stringify(text)} is not ${what}`, 'PROJECT/NAME or a bare name');
}

function named({ tokens, timeMs, cost }: BudgetSpec): Named {
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
  return { tokens: amounts.tokens ?? 0, timeMs: amounts.timeMs ?? 0, costMicroUsd: amounts.costMicroUsd ?? 0 };
}

function renewalOf({ per, timeZone }: AllocateOptions): { per: string; timeZone: string } | null {
  if (per === undefined) return null;
  const period = parsePeriod(per);
  if (period === null) throw usage(`per must be a period, got ${JSON.stringify(per)}`, 'like 5h, day, week or month');
  const zone = timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!isTimeZone(zone)) throw usage(`there is no time zone ${JSON.stringify(zone)}`, 'like Europe/Vienna');
  return { per: period, timeZone: zone };
}

/** The budgets of one state. */
export class BudgetOperations implements BudgetManager {
  readonly #store: Store;
  readonly #host: Pick<Host, 'self'>;

  constructor(store: Store, host: Pick<Host, 'self'>) {
    this.#store = store;
    this.#host = host;
  }

  async setTotal(spec: BudgetSpec, options: AllocateOptions = {}): Promise<GlobalBudgetJson> {
    const workflow = name('a workflow', options.workflow ?? DEFAULT_WORKFLOW);
    await this.#order({ do: 'total', workflow, amounts: named(spec), renewal: renewalOf(options) });
    return this.getGlobalStatus(workflow);
  }

  async allocateBudget(agent: string, spec: BudgetSpec, options: AllocateOptions = {}): Promise<AgentBudgetJson> {
    return this.#one(await this.#give([{ agent, weight: 1 }], spec, options, false));
  }

  async allocateEqual(
    agents: readonly string[],
    total: BudgetSpec,
    options: AllocateOptions = {},
  ): Promise<readonly AgentBudgetJson[]> {
    const weighted = agents.map((agent) => ({ agent, weight: 1 }));
    return this.#all(await this.#give(weighted, total, options, false));
  }

  async allocateProportional(
    weights: Readonly<Record<string, number>>,
    total: BudgetSpec,
    options: AllocateOptions = {},
  ): Promise<readonly AgentBudgetJson[]> {
    const weighted = Object.entries(weights).map(([agent, weight]) => ({ agent, weight }));
    if (weighted.some(({ weight }) => !(Number.isFinite(weight) && weight >= 0)))
      throw usage('a weight must be a number from 0 up', 'like { auth: 3, api: 1 }');
    return this.#all(await this.#give(weighted, total, options, false));
  }

  async allocateFromPool(agent: string, request: BudgetSpec, options: AllocateOptions = {}): Promise<AgentBudgetJson> {
    return this.#one(await this.#give([{ agent, weight: 1 }], request, options, true));
  }

  async reportUsage(agent: string, report: UsageReport): Promise<ReportAnswer> {
    const reserve = report.reserve === undefined ? null : usageOf(report.reserve);
    const done = await this.#order({
      do: 'report',
      agent: name('an agent', agent),
      usage: usageOf(report),
      progress: report.progress ?? null,
      phase: report.phase ?? null,
      id: report.id ?? null,
      reserve,
      holder: reserve === null ? null : this.#host.self(),
    });
    const answer = done.outcome.report;
    if (answer === null) throw new InternalError('report-lost-api-3d19', `the report of ${agent} is lost`);
    const { reservation } = answer;
    return {
      ...this.#check(done, agent),
      duplicate: answer.isDuplicate,
      reservation: reservation === null ? null : { id: reservation.id, admitted: reservation.isAdmitted },
    };
  }

  async getStatus(agent: string): Promise<AgentBudgetJson> {
    return agentBudgetJson(...seen(await this.#store.read(), agent));
  }

  async getGlobalStatus(workflow?: string): Promise<GlobalBudgetJson> {
    const { state, environment } = await this.#store.read();
    return globalJson(globalView(state.budgets, environment.settings.budget, workflow ?? null));
  }

  async checkEnforcement(agent: string): Promise<CheckJson> {
    return checkJson(...seen(await this.#store.read(), agent));
  }

  async throttle(agent: string, rate: number): Promise<CheckJson> {
    if (!(rate > 0 && rate <= 1)) throw usage(`rate must be above 0 and at most 1, got ${rate}`, 'like 0.5');
    return this.#check(await this.#order({ do: 'throttle', agent: name('an agent', agent), rate }), agent);
  }

  async stop(agent: string, reason: string): Promise<CheckJson> {
    return this.#check(await this.#order({ do: 'stop', agent: name('an agent', agent), reason }), agent);
  }

  async resume(agent: string): Promise<CheckJson> {
    return this.#check(await this.#order({ do: 'resume', agent: name('an agent', agent) }), agent);
  }

  async rebalance(
    options: { readonly workflow?: string; readonly dryRun?: boolean } = {},
  ): Promise<readonly RebalanceMove[]> {
    const order = { do: 'rebalance', workflow: options.workflow ?? null } as const;
    const { outcome } = await this.#order(order, options.dryRun ?? false);
    return outcome.moves.map(({ amounts, ...move }) => ({ ...move, amounts: amountsJson(amounts) }));
  }

  async borrowFromPool(agent: string, amount: BudgetSpec): Promise<AgentBudgetJson> {
    return this.#one(await this.#order({ do: 'borrow', agent: name('an agent', agent), amounts: named(amount) }));
  }

  async returnToPool(agent: string, amount?: BudgetSpec): Promise<AgentBudgetJson> {
    const amounts = amount === undefined ? null : named(amount);
    return this.#one(await this.#order({ do: 'return', agent: name('an agent', agent), amounts }));
  }

  async releaseBudget(agent: string): Promise<{ readonly released: AmountsJson; readonly consumed: AmountsJson }> {
    const { outcome } = await this.#order({ do: 'release', agent: name('an agent', agent) });
    if (outcome.released === null) throw new InternalError('release-lost-api-8a20', `the release of ${agent} is lost`);
    return { released: amountsJson(outcome.released.returned), consumed: amountsJson(outcome.released.consumed) };
  }

  #give(
    agents: readonly { readonly agent: string; readonly weight: number }[],
    spec: BudgetSpec,
    options: AllocateOptions,
    isAdding: boolean,
  ): Promise<Ordered> {
    const priority = options.priority ?? null;
    if (priority !== null && !BUDGET_PRIORITIES.includes(priority))
      throw usage(`there is no priority ${JSON.stringify(priority)}`, `one of ${BUDGET_PRIORITIES.join(', ')}`);
    for (const { agent } of agents) name('an agent', agent);
    const workflow = options.workflow === undefined ? null : name('a workflow', options.workflow);
    const renewal = renewalOf(options);
    return this.#order({ do: 'allocate', agents, amounts: named(spec), workflow, priority, renewal, isAdding });
  }

  async #order(order: BudgetOrder, isDryRun = false): Promise<Ordered> {
    const command = { kind: 'budget', order } as const;
    const committed = isDryRun ? await this.#store.plan(command) : await this.#store.transact(command);
    const { outcome } = committed;
    if (outcome.kind === 'refused') throw refusalError(outcome.refusal);
    if (outcome.kind !== 'budget')
      throw new InternalError('budget-outcome-api-9c41', `an order ended as ${outcome.kind}`);
    return { outcome, snapshot: committed };
  }

  #all = ({ outcome, snapshot }: Ordered): readonly AgentBudgetJson[] =>
    outcome.agents.map((agent) => agentBudgetJson(...seen(snapshot, agent)));

  #one = (ordered: Ordered): AgentBudgetJson => this.#all(ordered)[0] as AgentBudgetJson;

  #check = ({ snapshot }: Ordered, agent: string): CheckJson => checkJson(...seen(snapshot, agent));
}

interface Ordered {
  readonly outcome: BudgetOutcome;
  readonly snapshot: Snapshot;
}

/** Throws ExpectedError 66 for an agent that has no budget and works under no lease. */
function seen(snapshot: Snapshot, agent: string): [AgentBudget, Standing] {
  const known = knownAgent(snapshot, agent);
  return [known, standingIn(snapshot.state.budgets, known, snapshot.environment.settings.budget)];
}
