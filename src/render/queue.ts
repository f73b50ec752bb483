/** The queue as a table, with the reason under each row. */

import { elapsedMs } from '../core/model/instants.ts';
import { outlooks } from '../core/schedule/outlook.ts';
import type { Snapshot } from '../ports/snapshot.ts';
import type { Styles } from '../ports/styles.ts';
import { waitText } from './reason.ts';
import { shortDuration } from './text/duration.ts';
import { table } from './text/table.ts';
import { wrap } from './text/wrap.ts';

export function queueScreen({ state, environment }: Snapshot, styles: Styles, width: number): string {
  const waiting = outlooks(state, environment);
  if (waiting.length === 0) return 'The queue is empty.';
  const rows = waiting.map(({ entry, position, agentsAhead, reason, binding }) => [
    String(position),
    entry.ticket,
    entry.project,
    entry.minSlots === entry.slots ? String(entry.slots) : `${entry.minSlots}-${entry.slots}`,
    reason === null || binding === 'insufficient-slots' ? String(agentsAhead) : '-',
    shortDuration(elapsedMs(entry.queuedAt, environment.now) / 1000),
  ]);
  const [head, ...lines] = table(['#', 'TICKET', 'PROJECT', 'SLOTS', 'AHEAD', 'WAITED'], rows, styles);
  const whys = waiting.map((outlook) => waitText(outlook, state, environment));
  return [head, ...lines.flatMap((line, at) => [line, styles.dim(wrap(whys[at] ?? '', '   ', width))])].join('\n');
}
