/** Writes a state into the text of slots.yaml: only the lines of changed values. */
import { violations } from '../../core/invariants.ts';
import { FORMAT_VERSION, type State, slotAllocation } from '../../core/model/state.ts';
import { EXIT } from '../../errors.ts';
import { recordsOfBudgets } from './budget-records.ts';
import { inForm } from './file-form.ts';
import { BUDGETS, LEASES, QUEUE, SESSIONS, updateList } from './lists.ts';
import { PROCESS } from './process-record.ts';
import { holds, readBack, readWhole, unsound } from './read-back.ts';
import type { Section } from './sections.ts';
import { newer, type SlotsDocument } from './slots-document.ts';
import { CLOCK, durationFields, vmStateFields } from './slots-schema.ts';
import { keyText, type Scalar, scalarText, spliceMap, spliceScalar } from './splice.ts';
import { editMap } from './yaml-library.ts';

/**
 * The document with this state; comments, unknown keys, the order of keys and the form of the file stay. Throws
 * ExpectedError 64 for a state that is unsound, or that no command could read again.
 */
export async function renderSlots(document: SlotsDocument, state: State): Promise<SlotsDocument> {
  const { path } = document;
  if (document.state.version > FORMAT_VERSION) throw newer(path, document.state.version, EXIT.newerFile);
  const wrong = violations(state, document.state);
  if (wrong.length > 0) throw unsound(path, wrong.join('; '));
  try {
    return await render(document, state);
  } catch (error) {
    // A time beyond the year 275760 has no text.
    if (error instanceof RangeError) throw unsound(path, error.message, error);
    throw error;
  }
}

async function render(document: SlotsDocument, state: State): Promise<SlotsDocument> {
  const { path, state: before } = document;
  const parts = [...document.sections];
  const changes = new Map<string, string>();
  const put = (key: string, text: string): void => {
    const at = parts.findIndex((section) => section.key === key);
    if (at >= 0) parts[at] = { ...(parts[at] as Section), text };
    else parts.push({ key, text, line: 0 });
    changes.set(key, text);
  };
  const textOf = (key: string): string | undefined => parts.find((section) => section.key === key)?.text;
  const scalar = (key: string, value: Scalar): void => {
    const present = textOf(key);
    const spliced = present === undefined ? null : spliceScalar(present, key, value);
    put(key, spliced ?? `${key}: ${typeof value === 'string' ? JSON.stringify(value) : value}\n`);
  };
  const map = async (key: string, values: Map<string, Scalar>): Promise<void> => {
    if (values.size > 0) put(key, await withValues(path, key, textOf(key), values));
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
    if (state.monitor !== null) put('monitor', `monitor: ${JSON.stringify(PROCESS.write(state.monitor))}\n`);
    else if (at >= 0) parts.splice(at, 1);
  }
  if (state.clock !== before.clock && state.clock !== null)
    put('clock', `clock: ${JSON.stringify(CLOCK.write(state.clock))}\n`);
  if (state.nextId !== before.nextId) scalar('next_id', state.nextId);
  if (state.lastGrantAt !== before.lastGrantAt) scalar('last_grant_at', new Date(state.lastGrantAt ?? 0).toISOString());

  const leases = updateList(LEASES, document.leases, state.leases);
  const queue = updateList(QUEUE, document.queue, state.queue);
  const isSameBudgets = state.budgets === before.budgets;
  const budgets = isSameBudgets
    ? null
    : updateList(BUDGETS, document.budgets, recordsOfBudgets(state.budgets, document.budgets));
  const sessions = updateList(SESSIONS, document.sessions, state.sessions);
  const isSameSessions = state.sessions === before.sessions;
  const lists = [leases, queue, ...(budgets === null ? [] : [budgets]), ...(isSameSessions ? [] : [sessions])];
  if (document.isOwn) await readBack(path, changes, lists);
  for (const { key, text } of lists) put(key, text);

  const plain = parts.map(({ text }) => text).join('');
  const isOwn = document.isOwn || (await readWhole(path, plain));
  return {
    path,
    text: inForm(plain, document.form),
    form: document.form,
    isOwn,
    state: { ...state, version: FORMAT_VERSION, knownProjects: [...allocation.keys()] },
    repairs: [],
    sections: parts,
    leases,
    queue,
    budgets: budgets ?? document.budgets,
    sessions,
    allocation,
  };
}

/** The section of a map with these values, by the smallest change that is read again as it was meant. */
async function withValues(
  path: string,
  key: string,
  present: string | undefined,
  values: ReadonlyMap<string, Scalar>,
): Promise<string> {
  if (present === undefined)
    return `${key}:\n${[...values].map(([name, value]) => `  ${keyText(name)}: ${scalarText(value)}\n`).join('')}`;
  const spliced = spliceMap(present, values);
  if (spliced !== null && (await holds(path, key, spliced, values))) return spliced;
  const edits = new Map([...values].map(([name, value]) => [[key, name] as readonly string[], value]));
  return editMap(path, present, edits).catch((error) => {
    throw unsound(path, `${key} has a layout that allows no change; write it as a block of its own`, error);
  });
}

function changed<T extends Scalar>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>): Map<string, Scalar> {
  return new Map([...after].filter(([key, value]) => before.get(key) !== value));
}
