/** Notifications of a commit: one JSON document for each event that a `notify` rule selects. */

import { noticeOf } from '../core/notice.ts';
import type { Committed } from '../ports/snapshot.ts';

/** One notice per event and matching rule; empty for most commits. */
export function noticesOf({ events, environment }: Pick<Committed, 'events' | 'environment'>) {
  const { notify } = environment.settings;
  if (notify.length === 0) return [];
  const at = new Date(environment.now).toISOString();
  return events.flatMap((event) => {
    const name = noticeOf(event);
    const rules = notify.filter(({ on }) => on.includes(name as never));
    return rules.map(({ command }) => ({ command, event: { schema_version: 1, at, ...event, kind: name as string } }));
  });
}
