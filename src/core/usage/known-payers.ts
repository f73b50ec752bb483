/**
 * Who pays for whom, kept from one counting to the next: thousands of names are not made again for one line. They are when
 * folders are given other projects, a session is seen after what it started, or tells another name.
 */
import type { AgentBudget } from '../model/budget.ts';
import { budgetKey } from '../model/budget.ts';
import type { ProjectFolders } from '../settings/usage.ts';
import { begunAt } from './counting.ts';
import type { Entry, ResponseLedger } from './ledger.ts';
import { Payers } from './observed.ts';
import type { Owner } from './response.ts';

export class KnownPayers {
  readonly #ledger: ResponseLedger;
  readonly #nameOf: (owner: Owner, projects: ProjectFolders) => string;
  #payers: Payers | null = null;
  #projects: ProjectFolders | null = null;
  #begun: ReadonlyMap<string, number> = new Map();
  readonly #owners = new Set<Owner>();
  readonly #sessions = new Set<string>();
  /** For whom a budget may have to pay, by its key. */
  readonly #paidBy = new Map<string, Owner[]>();

  constructor(ledger: ResponseLedger, nameOf: (owner: Owner, projects: ProjectFolders) => string) {
    this.#ledger = ledger;
    this.#nameOf = nameOf;
  }

  /** With these budgets and names, for what these owners used; null stands for all owners. */
  at(agents: readonly AgentBudget[], projects: ProjectFolders, used: Iterable<Owner> | null): Payers {
    this.#begun = new Map(agents.map((agent) => [budgetKey(agent.agent), begunAt(agent)]));
    const fresh = [...(used ?? [])].filter((owner) => !this.#owners.has(owner));
    const isKnown = used !== null && projects === this.#projects && !fresh.some((owner) => this.#isNamedBy(owner));
    if (this.#payers === null || !isKnown) return this.#allAnew(projects);
    for (const owner of fresh) this.#add(this.#payers, owner);
    return this.#payers;
  }

  /** These sessions go by other names now. Whether any that is known does. */
  rename(sessions: ReadonlySet<string>): boolean {
    const isKnown = [...sessions].some((session) => this.#sessions.has(session));
    if (isKnown) this.#payers = null;
    return isKnown;
  }

  /** Others have names that this one, seen only now, would change. */
  #isNamedBy({ session, agentId }: Owner): boolean {
    return agentId === null && this.#sessions.has(session);
  }

  #allAnew(projects: ProjectFolders): Payers {
    const owners = [...this.#ledger.owners()];
    const payers = new Payers(
      owners,
      (owner) => this.#nameOf(owner, projects),
      (agent, at) => at >= (this.#begun.get(budgetKey(agent)) ?? Number.POSITIVE_INFINITY),
    );
    for (const known of [this.#owners, this.#sessions, this.#paidBy]) known.clear();
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

  /** All that these budgets may have to pay for. */
  *entriesOf(agents: readonly AgentBudget[]): Generator<Entry> {
    const owners = new Set(agents.flatMap(({ agent }) => this.#paidBy.get(budgetKey(agent)) ?? []));
    for (const owner of owners) yield* this.#ledger.entriesOf(owner);
  }
}

/** Keys of the budgets of which one pays for it. */
export function keysOf(payers: Payers, owner: Owner): ReadonlySet<string> {
  const { own, session } = payers.namesOf(owner);
  return new Set([budgetKey(own), budgetKey(session)]);
}
