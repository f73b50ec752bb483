/** Writes a state into the text of slots.yaml: only the lines of changed values. */
import { violations } from '../../core/invariants.ts';
import type { State } from '../../core/model/state.ts';
import { FORMAT_VERSION, slotAllocation } from '../../core/model/state.ts';
import { EXIT, InternalError } from '../../errors.ts';
import { recordsOfBudgets } from './budget-records.ts';
import { BUDGETS, LEASES, QUEUE, SESSIONS, updateList } from './lists.ts';
import { PROCESS } from './process-record.ts';
import type { Section } from './sections.ts';
import type { SlotsDocument } from './slots-document.ts';
import { newer } from './slots-document.ts';
import { durationFields, vmStateFields } from './slots-schema.ts';
import type { Scalar } from './splice.ts';
import { keyText, scalarText, spliceMap, spliceScalar } from './splice.ts';
import { editMap } from './yaml-library.ts';

/** The document with this state; comments, unknown keys and the order of keys stay. Throws InternalError for an unsound state. */
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
    if (state.monitor !== null) put('monitor', `monitor: ${JSON.stringify(PROCESS.write(state.monitor))}\n`);
    else if (at >= 0) parts.splice(at, 1);
  }
  if (state.nextId !== before.nextId) scalar('next_id', state.nextId);
  if (state.lastGrantAt !== before.lastGrantAt) scalar('last_grant_at', new Date(state.lastGrantAt ?? 0).toISOString());
  const leases = updateList(LEASES, document.leases, state.leases);
  const queue = updateList(QUEUE, document.queue, state.queue);
  put('leases', leases.text);
  put('queue', queue.text);
  let { budgets } = document;
  if (state.budgets !== before.budgets) {
    const updated = updateList(BUDGETS, budgets, recordsOfBudgets(state.budgets, budgets));
    put('budgets', updated.text);
    budgets = updated;
  }
  const sessions = updateList(SESSIONS, document.sessions, state.sessions);
  if (state.sessions !== before.sessions) put('sessions', sessions.text);

  let text = '';
  for (const section of parts) text += section.text;
  const written = { ...state, version: FORMAT_VERSION, knownProjects: [...allocation.keys()] };
  return { path, text, state: written, repairs: [], sections: parts, leases, queue, budgets, sessions, allocation };
}

function changed<T extends Scalar>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>): Map<string, Scalar> {
  return new Map([...after].filter(([key, value]) => before.get(key) !== value));
}
