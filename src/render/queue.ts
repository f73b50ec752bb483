/** The queue as a table. */

import type { Snapshot, Styles } from '../context.ts';
import { elapsedMs } from '../core/model/instants.ts';
import { outlooks } from '../core/schedule/outlook.ts';
import { durationWords } from './duration.ts';
import { notHeldUp, reasonText } from './reason.ts';
import { table } from './table.ts';

export function queueScreen({ state, environment }: Snapshot, styles: Styles, width: number): string {
  const waiting = outlooks(state, environment);
  if (waiting.length === 0) return 'The queue is empty.';
  const rows = waiting.map(({ entry, position, agentsAhead, reason }) => [
    String(position),
    entry.ticket,
    entry.project,
    entry.minSlots === entry.slots ? String(entry.slots) : `${entry.minSlots}-${entry.slots}`,
    String(agentsAhead),
    durationWords(elapsedMs(entry.queuedAt, environment.now) / 1000),
    reason === null ? notHeldUp(entry) : reasonText(reason, entry, state, environment.settings),
  ]);
  return table(['#', 'TICKET', 'PROJECT', 'SLOTS', 'AHEAD', 'WAITED', 'WHY'], rows, styles, width);
}
