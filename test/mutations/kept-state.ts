/** A state that is kept as text in memory: each commit is rendered and read again, as the next command would. */
import { isDeepStrictEqual } from 'node:util';
import type { Environment } from '../../src/core/environment.ts';
import { NOWHERE, processKey } from '../../src/core/model/process-ref.ts';
import type { State } from '../../src/core/model/state.ts';
import type { Settings } from '../../src/core/settings/settings.ts';
import { settle } from '../../src/core/settle/settle.ts';
import type { Command } from '../../src/core/transition.ts';
import { transition } from '../../src/core/transition.ts';
import { FULL_TRUST } from '../../src/core/trust/trust.ts';
import { ExpectedError } from '../../src/errors.ts';
import type { Committed, Snapshot } from '../../src/ports/snapshot.ts';
import type { Store } from '../../src/ports/store.ts';
import { renderSlots } from '../../src/store/document/render-slots.ts';
import { parseSlots, type SlotsDocument } from '../../src/store/document/slots-document.ts';
import { unusedKeys } from '../../src/store/document/unused-keys.ts';
import { isQueuedIn } from '../../src/store/glance.ts';
import { later, process_ } from '../helpers/state.ts';

/** A promise that is broken; `text` is the state that shows it. */
export class Finding extends Error {
  readonly text: string;

  constructor(why: string, text: string, cause?: unknown) {
    super(why, { cause });
    this.name = 'Finding';
    this.text = text;
  }
}

const PARTS = ['maxSlots', 'nextId', 'leases', 'queue', 'budgets', 'sessions', 'vmState', 'monitor'] as const;

const difference = (is: unknown, want: unknown): string => `${JSON.stringify(is)}, not ${JSON.stringify(want)}`;

/** The document with this state, read again from its text. Throws ExpectedError if the commit is refused, Finding if it is wrong. */
export async function committed(document: SlotsDocument, state: State): Promise<SlotsDocument> {
  const written = await renderSlots(document, state);
  const again = await parseSlots('slots.yaml', written.text, null).catch((error) => {
    throw new Finding(`what was written is refused: ${error.message}`, written.text, error);
  });
  for (const part of PARTS)
    if (!isDeepStrictEqual(again.state[part], written.state[part]))
      throw new Finding(
        `${part} is read otherwise than it was written: ${difference(again.state[part], written.state[part])}`,
        written.text,
      );
  if (again.repairs.length > 0) throw new Finding(`what was written needs repairs: ${again.repairs[0]}`, written.text);
  return again;
}

export class KeptState implements Store {
  readonly dir = '/kept';
  document: SlotsDocument;
  readonly #settings: Settings;
  #seconds = 0;

  constructor(document: SlotsDocument, settings: Settings) {
    this.document = document;
    this.#settings = settings;
  }

  #environment(): Environment {
    this.#seconds += 7;
    const dead = new Set(this.#seconds % 5 === 0 ? [processKey(process_(6))] : []);
    return {
      now: later(this.#seconds * 1000),
      settings: this.#settings,
      here: NOWHERE,
      dead,
      memoryAvailableBytes: null,
      memoryTotalBytes: null,
    };
  }

  async trust() {
    return FULL_TRUST;
  }

  async read(): Promise<Snapshot> {
    const environment = this.#environment();
    return { state: settle(this.document.state, environment).state, environment, repairs: [], isDue: false };
  }

  actOnLastGood(): void {}

  beat(): void {}

  witness = async (): Promise<void> => {};

  keepPlace(): void {}

  lastBeat = (): null => null;

  peek = async (): Promise<State> => this.document.state;
  unusedKeys = (): Promise<readonly string[]> => unusedKeys(this.document);
  settings = async (): Promise<Settings> => this.#settings;
  isShared = (): boolean => false;
  lockHolder() {
    return null;
  }

  stillQueued = (ticket: string): boolean => isQueuedIn(this.document.text, ticket);
  watch = () => () => {};

  async transact(command: Command): Promise<Committed> {
    return (await this.transactAll([command]))[0] as Committed;
  }

  async transactAll(commands: readonly Command[]): Promise<readonly Committed[]> {
    const environment = this.#environment();
    let { state } = this.document;
    const done = commands.map((command): Committed => {
      const { state: next, outcome, events } = transition(state, command, environment);
      state = next;
      return { state, outcome, events, environment, repairs: [], isDue: false };
    });
    if (state !== this.document.state) this.document = await committed(this.document, state);
    return done;
  }

  async plan(command: Command): Promise<Committed> {
    const environment = this.#environment();
    return { ...transition(this.document.state, command, environment), environment, repairs: [], isDue: false };
  }
}

/** Runs `attempt`; a refusal is fine, unless a sound state would have been written in an unsound way. */
export async function orRefused(attempt: () => unknown, text: () => string): Promise<void> {
  try {
    await attempt();
  } catch (error) {
    if (error instanceof Finding) throw error;
    if (error instanceof ExpectedError && error.exit !== 70 && error.code !== 'unsound-state') return;
    throw new Finding(`${error instanceof Error ? `${error.name}: ${error.message}` : error}`, text(), error);
  }
}
