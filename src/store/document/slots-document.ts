/**
 * slots.yaml as text and as state, side by side. Reading takes the fast way section by section and the library's way
 * where a person was creative; writing changes the lines of what changed and nothing else.
 */
import { violations } from '../../core/invariants.ts';
import type { Lease } from '../../core/model/lease.ts';
import type { QueueEntry } from '../../core/model/queue-entry.ts';
import type { Session } from '../../core/model/session.ts';
import type { State } from '../../core/model/state.ts';
import { FORMAT_VERSION, slotAllocation } from '../../core/model/state.ts';
import { ShapeError } from '../../core/shape.ts';
import { EXIT, ExpectedError, InternalError } from '../../errors.ts';
import type { BudgetRecord } from './budget-records.ts';
import { budgetByName, budgetFromRecord, budgetId, budgetLine, budgetsIn, recordsOfBudgets } from './budget-records.ts';
import { migrate } from './migrations/index.ts';
import { parsePlainYaml } from './plain-yaml.ts';
import type { RecordList } from './record-list.ts';
import { emptyList, readRecordList, recordsOf, updateRecords } from './record-list.ts';
import { entryFromRecord, entryLine, leaseFromRecord, leaseLine, refRecord, usualLeaseReader } from './records.ts';
import type { Section } from './sections.ts';
import { splitSections } from './sections.ts';
import { sessionFromRecord, sessionLine } from './session-records.ts';
import type { StateRecords } from './slots-schema.ts';
import { durationFields, readAllocation, readState, readVersion, vmStateFields } from './slots-schema.ts';
import type { Scalar } from './splice.ts';
import { keyText, scalarText, spliceMap, spliceScalar } from './splice.ts';
import { damaged, editMap, locate, normalLayout, readListWithComments, readYaml } from './yaml-library.ts';

export interface SlotsDocument {
  readonly path: string;
  /** The very text it was read from, or would be written as. */
  readonly text: string;
  readonly state: State;
  /** Differences between the file and its own leases, in words; a next write puts them right. */
  readonly repairs: readonly string[];
  readonly sections: readonly Section[];
  readonly leases: RecordList<Lease>;
  readonly queue: RecordList<QueueEntry>;
  readonly budgets: RecordList<BudgetRecord>;
  readonly sessions: RecordList<Session>;
  readonly allocation: ReadonlyMap<string, number>;
}

const newer = (path: string, version: number, exit: ExpectedError['exit']): ExpectedError =>
  new ExpectedError(
    'newer-file',
    `${path} was written by a newer version (format ${version}, this one knows ${FORMAT_VERSION})`,
    {
      hint: 'upgrade agent-resource-manager; until then the file can be read, not written',
      exit,
    },
  );

/** Throws ExpectedError 65 with line and column when the text is damaged, of the wrong shape or unsound. */
export async function parseSlots(path: string, text: string, previous: SlotsDocument | null): Promise<SlotsDocument> {
  try {
    return await parse(path, text, previous);
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw damaged(path, await locate(path, text, error.path), error.message, error);
  }
}

async function parse(path: string, text: string, previous: SlotsDocument | null): Promise<SlotsDocument> {
  const parts = splitSections(text) ?? splitSections(await normalLayout(path, text));
  if (parts === null) {
    await readYaml(path, text);
    throw damaged(path, '', 'its layout cannot be kept through a rewrite; use a plain block mapping at the top level');
  }

  const values: Record<string, unknown> = {};
  let library: Record<string, unknown> | null = null;
  let leases: RecordList<Lease> | null = null;
  let queue: RecordList<QueueEntry> | null = null;
  let budgets: RecordList<BudgetRecord> | null = null;
  let sessions: RecordList<Session> | null = null;
  for (const { key, text: part } of parts) {
    if (key === null) continue;
    if (key === 'leases') {
      const fromRecord = (record: unknown, at: number) => leaseFromRecord(record, [key, at]);
      leases = readRecordList(key, part, fromRecord, usualLeaseReader(), previous?.leases ?? null);
    }
    if (key === 'queue') {
      const fromRecord = (record: unknown, at: number) => entryFromRecord(record, [key, at]);
      queue = readRecordList(key, part, fromRecord, () => null, previous?.queue ?? null);
    }
    if (key === 'budgets') {
      const fromRecord = (record: unknown, at: number) => budgetFromRecord(record, [key, at]);
      budgets = readRecordList(key, part, fromRecord, () => null, previous?.budgets ?? null);
    }
    if (key === 'sessions') {
      const fromRecord = (record: unknown, at: number) => sessionFromRecord(record, [key, at]);
      sessions = readRecordList(key, part, fromRecord, () => null, previous?.sessions ?? null);
    }
    const lists = new Map<string, unknown>([
      ['leases', leases],
      ['queue', queue],
      ['budgets', budgets],
      ['sessions', sessions],
    ]);
    if ((lists.get(key) ?? null) !== null) continue;
    const plain = parsePlainYaml(part);
    if (plain !== undefined) {
      values[key] = plain[key];
      continue;
    }
    library ??= await readYaml(path, text);
    values[key] = library[key];
  }
  const sectionText = (key: string): string | undefined => parts.find((section) => section.key === key)?.text;
  leases ??= await foreignList(path, 'leases', sectionText('leases'), leaseFromRecord, leaseLine);
  queue ??= await foreignList(path, 'queue', sectionText('queue'), entryFromRecord, entryLine);
  budgets ??=
    byName('budgets', values.budgets) ??
    (await foreignList(path, 'budgets', sectionText('budgets'), budgetFromRecord, budgetLine));

  sessions ??= await foreignList(path, 'sessions', sectionText('sessions'), sessionFromRecord, sessionLine);

  const lists = { leases, queue, budgets, sessions };
  const version = readVersion(values.version);
  if (version > FORMAT_VERSION) checkReadable(path, values, lists, version);
  const migrated = version < FORMAT_VERSION ? migrate(values, version) : values;
  const state = { ...readState(migrated, recordsIn(lists)), version };
  const unsound = violations(state)[0];
  if (unsound !== undefined) throw damaged(path, placeOfId(text, unsound), unsound);
  const allocation = readAllocation(migrated.slot_allocation);
  return { path, text, state, repairs: repairsOf(state, allocation), sections: parts, ...lists, allocation };
}

/** Where the last mention of the lease or ticket stands that a violation is about. */
function placeOfId(text: string, violation: string): string {
  const id = /(?:lease|ticket) (\S+)/.exec(violation)?.[1];
  const at = id === undefined ? -1 : text.lastIndexOf(id);
  if (at < 0) return ', line 1, column 1';
  const before = text.slice(0, at).split('\n');
  return `, line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
}

type Lists = Pick<SlotsDocument, 'leases' | 'queue' | 'budgets' | 'sessions'>;

const recordsIn = ({ leases, queue, budgets, sessions }: Lists): StateRecords => ({
  leases: recordsOf(leases),
  queue: recordsOf(queue),
  budgets: budgetsIn(recordsOf(budgets)),
  sessions: recordsOf(sessions),
});

/** A newer file may have another shape; then it cannot even be read. */
function checkReadable(path: string, values: Record<string, unknown>, lists: Lists, version: number): void {
  try {
    readState(values, recordsIn(lists));
  } catch (error) {
    if (error instanceof ShapeError) throw newer(path, version, EXIT.newerFile);
    throw error;
  }
}

/** Budgets that a person wrote down by the names of their agents. Null for anything else. */
function byName(key: string, value: unknown): RecordList<BudgetRecord> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const lines = Object.entries(value).map(([agent, amounts]) => {
    const record = budgetByName(agent, amounts, [key, agent]);
    return { text: `  - ${budgetLine(record)}`, record };
  });
  return emptyList(key, lines);
}

/** A list that a person laid out: its records and comments, in our layout from the next write on. */
async function foreignList<T>(
  path: string,
  key: string,
  text: string | undefined,
  fromRecord: (value: unknown, at: (string | number)[]) => T,
  lineOf: (record: T) => string,
): Promise<RecordList<T>> {
  if (text === undefined) return emptyList(key);
  const value = parsePlainYaml(text)?.[key];
  if (value === null) return emptyList(key);
  const read = await readListWithComments(path, key, text);
  if (read === null) throw new ShapeError([key], 'a list', value);
  const { head, items, tail } = read;
  const comments = (texts: readonly string[]) => texts.map((comment) => ({ text: `  ${comment}`, record: null }));
  const lines = items.flatMap(({ comments: above, value: item }, at) => {
    const record = fromRecord(item, [key, at]);
    return [...comments(above), { text: `  - ${lineOf(record)}`, record }];
  });
  return emptyList(key, [...comments(head), ...lines, ...comments(tail)]);
}

function repairsOf(state: State, allocation: ReadonlyMap<string, number>): string[] {
  return [...slotAllocation(state)]
    .filter(([name, slots]) => allocation.has(name) && allocation.get(name) !== slots)
    .map(([name, slots]) => `slot_allocation.${name} says ${allocation.get(name)}, its leases hold ${slots}`);
}

/** The document with this state; every comment, unknown key and order of the present one kept. */
export async function renderSlots(document: SlotsDocument, state: State): Promise<SlotsDocument> {
  const { path } = document;
  if (document.state.version > FORMAT_VERSION) throw newer(path, document.state.version, EXIT.newerFile);
  const before = document.state;
  const unsound = violations(state, before);
  if (unsound.length > 0)
    throw new InternalError('unsound-state-4f1c', `refused to write an unsound state: ${unsound.join('; ')}`);

  const parts = [...document.sections];
  const put = (key: string, text: string): void => {
    const at = parts.findIndex((section) => section.key === key);
    if (at >= 0) parts[at] = { ...(parts[at] as Section), text };
    else parts.push({ key, text, line: 0 });
  };
  const scalar = (key: string, value: Scalar): void => {
    const present = parts.find((section) => section.key === key)?.text;
    put(
      key,
      (present === undefined ? null : spliceScalar(present, key, value)) ??
        `${key}: ${typeof value === 'string' ? JSON.stringify(value) : value}\n`,
    );
  };
  const map = async (key: string, changes: Map<string, Scalar>): Promise<void> => {
    if (changes.size === 0) return;
    const present = parts.find((section) => section.key === key)?.text;
    if (present === undefined) {
      put(
        key,
        `${key}:\n${[...changes].map(([name, value]) => `  ${keyText(name)}: ${scalarText(value)}\n`).join('')}`,
      );
      return;
    }
    const edits = new Map([...changes].map(([name, value]) => [[key, name] as readonly string[], value]));
    put(key, spliceMap(present, changes) ?? (await editMap(path, present, edits)));
  };

  if (before.version < FORMAT_VERSION) {
    const preamble = parts[0]?.key === null ? 1 : 0;
    const stated = parts.findIndex((section) => section.key === 'version');
    if (stated >= 0) parts.splice(stated, 1);
    parts.splice(preamble, 0, { key: 'version', text: `version: ${FORMAT_VERSION}\n`, line: 0 });
  }
  if (state.maxSlots !== before.maxSlots) scalar('max_slots', state.maxSlots);
  const allocation = slotAllocation(state);
  await map('slot_allocation', changed(document.allocation, allocation));
  await map('learned_memory', changed(before.learnedMemory, state.learnedMemory));
  if (state.learnedDuration !== before.learnedDuration)
    await map('learned_duration', changed(durationFields(before), durationFields(state)));
  await map('vm_state', changed(vmStateFields(before.vmState), vmStateFields(state.vmState)));
  if (state.monitor !== before.monitor) {
    const at = parts.findIndex((section) => section.key === 'monitor');
    if (state.monitor !== null) put('monitor', `monitor: ${JSON.stringify(refRecord(state.monitor))}\n`);
    else if (at >= 0) parts.splice(at, 1);
  }
  if (state.nextId !== before.nextId) scalar('next_id', state.nextId);
  if (state.lastGrantAt !== before.lastGrantAt) scalar('last_grant_at', new Date(state.lastGrantAt ?? 0).toISOString());
  const leases = updateRecords(document.leases, state.leases, (lease) => lease.id, leaseLine);
  const queue = updateRecords(document.queue, state.queue, (entry) => entry.ticket, entryLine);
  put('leases', leases.text);
  put('queue', queue.text);
  let { budgets } = document;
  if (state.budgets !== before.budgets) {
    const records = recordsOfBudgets(state.budgets, budgets);
    const updated = updateRecords(budgets, records, budgetId, budgetLine);
    put('budgets', updated.text);
    budgets = updated;
  }
  const sessions = updateRecords(document.sessions, state.sessions, ({ id }) => id, sessionLine);
  if (state.sessions !== before.sessions) put('sessions', sessions.text);

  let text = '';
  for (const section of parts) text += section.text;
  const written = { ...state, version: FORMAT_VERSION, knownProjects: [...allocation.keys()] };
  return { path, text, state: written, repairs: [], sections: parts, leases, queue, budgets, sessions, allocation };
}

function changed<T extends Scalar>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>): Map<string, Scalar> {
  return new Map([...after].filter(([key, value]) => before.get(key) !== value));
}
