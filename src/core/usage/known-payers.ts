/**
 * Keeps the payers between two counts, so that one new line does not recompute thousands of names. They are recomputed
 * when folders get other projects, a session appears after an agent that it started, or a session changes its name.
 */
import { type AgentBudget, budgetKey } from '../model/budget.ts';
import type { ProjectFolders } from '../settings/usage.ts';
import type { OwnerName } from './attribution.ts';
import type { Entry } from './columns.ts';
import { begunAt } from './counting.ts';
import type { ResponseLedger } from './ledger.ts';
import { Payers } from './observed.ts';
import type { Owner } from './response.ts';

export class KnownPayers {
  readonly #ledger: ResponseLedger;
  readonly #nameOf: (owner: Owner, projects: ProjectFolders) => OwnerName;
  #payers: Payers | null = null;
  #projects: ProjectFolders | null = null;
  #begun: ReadonlyMap<string, number> = new Map();
  readonly #owners = new Set<Owner>();
  readonly #sessions = new Set<string>();
  /** Owners that a budget may have to pay for, by its key. */
  readonly #paidBy = new Map<string, Owner[]>();

  constructor(ledger: ResponseLedger, nameOf: (owner: Owner, projects: ProjectFolders) => OwnerName) {
    this.#ledger = ledger;
    this.#nameOf = nameOf;
  }

  /** Payers under these budgets and projects for the usage of these owners; null means all owners. */
  at(agents: readonly AgentBudget[], projects: ProjectFolders, used: Iterable<Owner> | null): Payers {
    this.#begun = new Map(agents.map((agent) => [budgetKey(agent.agent), begunAt(agent)]));
    const fresh = [...(used ?? [])].filter((owner) => !this.#owners.has(owner));
    const isValid = used !== null && projects === this.#projects && !fresh.some((owner) => this.#changesNames(owner));
    if (this.#payers === null || !isValid) return this.#recomputed(projects);
    for (const owner of fresh) this.#add(this.#payers, owner);
    return this.#payers;
  }

  /** Drops the payers if one of these renamed sessions is among them; returns whether one is. */
  rename(sessions: ReadonlySet<string>): boolean {
    const isKnown = [...sessions].some((session) => this.#sessions.has(session));
    if (isKnown) this.#payers = null;
    return isKnown;
  }

  /** A session that appears late gives other names to the agents that it started. */
  #changesNames({ session, agentId }: Owner): boolean {
    return agentId === null && this.#sessions.has(session);
  }

  #recomputed(projects: ProjectFolders): Payers {
    const owners = [...this.#ledger.owners()];
    const payers = new Payers(
      owners,
      (owner) => this.#nameOf(owner, projects),
      (agent, at) => at >= (this.#begun.get(budgetKey(agent)) ?? Number.POSITIVE_INFINITY),
    );
    for (const index of [this.#owners, this.#sessions, this.#paidBy]) index.clear();
    for (const owner of owners) this.#add(payers, owner);
    this.#projects = projects;
    this.#payers = payers;
    return payers;
  }

  #add(payers: Payers, owner: Owner): void {
    payers.add(owner);
    this.#owners.add(owner);
    this.#sessions.add(owner.session);
    for (const key of keysOf(payers, owner)) {
      const paid = this.#paidBy.get(key);
      if (paid === undefined) this.#paidBy.set(key, [owner]);
      else paid.push(owner);
    }
  }

  /** Entries that these budgets may have to pay for. */
  *entriesOf(agents: readonly AgentBudget[]): Generator<Entry> {
    const owners = new Set(agents.flatMap(({ agent }) => this.#paidBy.get(budgetKey(agent)) ?? []));
    for (const owner of owners) yield* this.#ledger.entriesOf(owner);
  }
}

/** Keys of the budgets that may pay for the owner: its own and its session's, also under former names. */
export function keysOf(payers: Payers, owner: Owner): ReadonlySet<string> {
  const { own, session } = payers.namesOf(owner);
  const names = [own.name, own.former, session.name, session.former].filter((name) => name !== null);
  return new Set(names.map(budgetKey));
}
