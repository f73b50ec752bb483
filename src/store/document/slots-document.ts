/**
 * slots.yaml as text and as state. Each section is read by our own fast reader, or by the library in another layout.
 */
import { violations } from '../../core/invariants.ts';
import type { Lease } from '../../core/model/lease.ts';
import type { QueueEntry } from '../../core/model/queue-entry.ts';
import type { Session } from '../../core/model/session.ts';
import { FORMAT_VERSION, type State, slotAllocation } from '../../core/model/state.ts';
import { ShapeError } from '../../core/shape.ts';
import { EXIT, ExpectedError } from '../../errors.ts';
import { type BudgetRecord, budgetsIn } from './budget-records.ts';
import { type FileForm, formOf } from './file-form.ts';
import { BUDGETS, foreignList, LEASES, QUEUE, readList, SESSIONS } from './lists.ts';
import { migrate } from './migrations/index.ts';
import { parsePlainYaml } from './plain-yaml.ts';
import { emptyList, type RecordList, recordsOf } from './record-list.ts';
import { type Section, splitSections } from './sections.ts';
import { readState, versionIn } from './slots-schema.ts';
import { damaged, locate, normalLayout, readYaml } from './yaml-library.ts';

export interface SlotsDocument {
  readonly path: string;
  /** Text as read or as it will be written. */
  readonly text: string;
  readonly form: FileForm;
  /** True if no part needed the YAML library; then what is written into one part cannot spoil another. */
  readonly isOwn: boolean;
  readonly state: State;
  /** Differences between counters and leases, in words; the next write repairs them. */
  readonly repairs: readonly string[];
  readonly sections: readonly Section[];
  readonly leases: RecordList<Lease>;
  readonly queue: RecordList<QueueEntry>;
  readonly budgets: RecordList<BudgetRecord>;
  readonly sessions: RecordList<Session>;
  readonly allocation: ReadonlyMap<string, number>;
}

export const newer = (path: string, version: number, exit: ExpectedError['exit']): ExpectedError =>
  new ExpectedError(
    'newer-file',
    `${path} was written by a newer version (format ${version}, this one knows ${FORMAT_VERSION})`,
    {
      hint: 'upgrade agent-resource-manager; until then the file can be read, not written',
      exit,
    },
  );

/** Reads slots.yaml. Throws ExpectedError 65 with line and column if the text is damaged, has a wrong shape or is unsound. */
export async function parseSlots(path: string, text: string, previous: SlotsDocument | null): Promise<SlotsDocument> {
  const { form, plain } = formOf(text);
  try {
    return { ...(await parse(path, plain, previous)), text, form };
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw damaged(path, await locate(path, plain, error.path), error.message, error);
  }
}

async function parse(
  path: string,
  text: string,
  previous: SlotsDocument | null,
): Promise<Omit<SlotsDocument, 'text' | 'form'>> {
  const cut = splitSections(text);
  const parts = cut ?? splitSections(await normalLayout(path, text));
  let isOwn = cut !== null;
  if (parts === null) {
    await readYaml(path, text);
    throw damaged(path, '', 'its layout cannot be kept through a rewrite; use a plain block mapping at the top level');
  }

  let library: Record<string, unknown> | null = null;
  const valueIn = async (key: string, part: string): Promise<unknown> => {
    const plain = parsePlainYaml(part);
    if (plain !== undefined) return plain[key];
    library ??= await readYaml(path, text);
    isOwn = false;
    return library[key];
  };
  const listOf = async <T>(kind: Parameters<typeof readList<T>>[0], before: RecordList<T> | undefined) => {
    const part = parts.find(({ key }) => key === kind.key)?.text;
    if (part === undefined) return emptyList<T>(kind.key);
    const own = readList(kind, part, before ?? null);
    if (own !== null) return own;
    isOwn = false;
    return foreignList(path, kind, part, await valueIn(kind.key, part));
  };
  const lists = {
    leases: await listOf(LEASES, previous?.leases),
    queue: await listOf(QUEUE, previous?.queue),
    budgets: await listOf(BUDGETS, previous?.budgets),
    sessions: await listOf(SESSIONS, previous?.sessions),
  };
  const values: Record<string, unknown> = {};
  for (const { key, text: part } of parts)
    if (key !== null && !Object.hasOwn(lists, key)) values[key] = await valueIn(key, part);

  const { version } = versionIn(values);
  const { state: read, allocation } = stateIn(path, version, values, lists);
  const state = { ...read, version };
  const unsound = violations(state)[0];
  if (unsound !== undefined) throw damaged(path, placeOfId(text, unsound), unsound);
  return { path, isOwn, state, repairs: repairsOf(state, allocation), sections: parts, ...lists, allocation };
}

type Lists = Pick<SlotsDocument, 'leases' | 'queue' | 'budgets' | 'sessions'>;

function stateIn(path: string, version: number, values: Record<string, unknown>, lists: Lists) {
  const records = {
    leases: recordsOf(lists.leases),
    queue: recordsOf(lists.queue),
    budgets: budgetsIn(recordsOf(lists.budgets)),
    sessions: recordsOf(lists.sessions),
  };
  try {
    return readState(version < FORMAT_VERSION ? migrate(values, version) : values, records);
  } catch (error) {
    // A newer format may have other types.
    if (version > FORMAT_VERSION && error instanceof ShapeError) throw newer(path, version, EXIT.newerFile);
    throw error;
  }
}

/** Position of the last mention of the lease or ticket that a violation names. */
function placeOfId(text: string, violation: string): string {
  const id = /(?:lease|ticket) (\S+)/.exec(violation)?.[1];
  const at = id === undefined ? -1 : text.lastIndexOf(id);
  if (at < 0) return ', line 1, column 1';
  const before = text.slice(0, at).split('\n');
  return `, line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
}

function repairsOf(state: State, allocation: ReadonlyMap<string, number>): string[] {
  return [...slotAllocation(state)]
    .filter(([name, slots]) => allocation.has(name) && allocation.get(name) !== slots)
    .map(([name, slots]) => `slot_allocation.${name} says ${allocation.get(name)}, its leases hold ${slots}`);
}
