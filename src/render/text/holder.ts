/** Processes of other pid namespaces in words: nobody here can see whether they live. */
import type { Lease } from '../../core/model/lease.ts';
import { isElsewhere, type Place } from '../../core/model/process-ref.ts';

/** `, in another container` for a process that only another pid namespace can see; else empty. */
export const placeText = (ref: Place, here: Place): string => (isElsewhere(ref, here) ? ', in another container' : '');

/** How to have the slots of these leases again, as a command that can be typed; null if each holder can be seen here. */
export function elsewhereHint(leases: readonly Lease[], here: Place): string | null {
  const held = leases.filter(({ holder }) => holder !== null && isElsewhere(holder, here));
  const [first] = held;
  if (first === undefined) return null;
  const ids = held.map(({ id }) => id).join(', ');
  return `${ids} ${held.length === 1 ? 'is' : 'are'} held in another container, unseen from here; if that is gone: release-slots ${first.project} --lease ${first.id}`;
}
