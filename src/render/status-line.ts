/** Segments for the status lines of agent programs: one line for the session, one for each of its agents. */

import type { Standing } from '../core/budget/standing.ts';
import type { TaskCount } from '../core/model/session.ts';
import { effectiveMaxSlots, usedSlots } from '../core/model/state.ts';
import type { Snapshot } from '../ports/snapshot.ts';
import type { Styles } from '../ports/styles.ts';
import { LIGHTS } from './budget.ts';
import { mark } from './text/styles.ts';

/** `🟡 63% of its budget`. */
export const budgetSegment = ({ level, share }: Standing, styles: Styles): string =>
  `${mark(styles, LIGHTS[level], '')}${Math.floor(share * 100)}% of its budget${styles.emoji ? '' : ` (${level})`}`;

/** Parts of the line of a session; null parts are left out. */
export interface LineParts {
  readonly standing: Standing | null;
  readonly tasks: TaskCount | null;
}

export function statusLine({ state }: Pick<Snapshot, 'state'>, { standing, tasks }: LineParts, styles: Styles): string {
  const { health } = state.vmState;
  const all = tasks === null ? 0 : tasks.open.length + tasks.done;
  const waiting = state.queue.length;
  return [
    `${mark(styles, '🎯', '')}slots ${usedSlots(state)}/${effectiveMaxSlots(state)}`,
    ...(waiting === 0 ? [] : [`${mark(styles, '⏳', '')}${waiting} waiting`]),
    ...(health === null || health === 'healthy' ? [] : [`${mark(styles, '⚠️', '')}${health}`]),
    ...(standing === null ? [] : [budgetSegment(standing, styles)]),
    ...(all === 0 ? [] : [`tasks ${tasks?.done}/${all}`]),
  ].join(' · ');
}
