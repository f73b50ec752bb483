/** Finds the keys of slots.yaml that are no setting, but are spelled or placed almost like one. */
import { hintForSlots } from '../../core/settings/keys.ts';
import type { RawMap } from '../../core/shape.ts';
import { parsePlainYaml } from './plain-yaml.ts';
import type { SlotsDocument } from './slots-document.ts';
import { STATED_KEYS } from './slots-schema.ts';
import { readYaml } from './yaml-library.ts';

type Parts = Pick<SlotsDocument, 'path' | 'sections' | 'leases' | 'queue' | 'budgets' | 'sessions'>;

/** Their names, with the limits as `vm_limits.KEY`; keys of the user's own are none of them. */
export async function unusedKeys({ path, sections, ...lists }: Parts): Promise<readonly string[]> {
  const own = [...STATED_KEYS, lists.leases.key, lists.queue.key, lists.budgets.key, lists.sessions.key];
  const limits = sections.find(({ key }) => key === 'vm_limits')?.text;
  const values = limits === undefined ? {} : (parsePlainYaml(limits) ?? (await readYaml(path, limits)));
  const top = sections.flatMap(({ key }) => (key === null || own.includes(key) ? [] : [key]));
  const limit = Object.keys((values.vm_limits ?? {}) as RawMap).map((key) => `vm_limits.${key}`);
  return [...top, ...limit].filter((key) => hintForSlots(key) !== null);
}
