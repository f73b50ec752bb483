/** An answer given again whenever it has changed, until somebody ends it. Loaded only for `--watch`. */

import { DAY_MS } from '../core/model/instants.ts';
import { EXIT } from '../errors.ts';
import type { Context } from '../ports/context.ts';
import type { Snapshot } from '../ports/snapshot.ts';
import type { Store } from '../ports/store.ts';
import { follow } from '../ui/feed.ts';
import type { Typed } from './command.ts';
import { durationMs, has, usageError } from './values.ts';

const USUAL_MS = 2_000;
const LEAST_MS = 100;
/** A timer of more than 24 days goes off at once. */
const MOST_MS = DAY_MS;

/** An interval as typed; nothing typed is two seconds. */
export function watchIntervalMs(option: string, text: string): number {
  if (text === '') return USUAL_MS;
  const ms = durationMs(option, text);
  if (ms < LEAST_MS) throw usageError(`${option} must be at least ${LEAST_MS}ms, got ${text}`, 'write it like 2s');
  return Math.min(ms, MOST_MS);
}

const HOME_AND_CLEAR = '\u001b[H\u001b[J';

/**
 * Gives `render` of every look that says something new. On a terminal the screen is cleared first, elsewhere an empty line
 * stands between two; JSON is one document a line. The first look throws what reading throws; a later one that fails is
 * told once. Returns 128 and the number of the signal that ended it, or 0 when nobody reads it any more.
 */
export async function watch(
  typed: Typed,
  context: Context,
  store: Store,
  render: (snapshot: Snapshot) => string,
): Promise<number> {
  const { out } = context;
  const isScreen = out.isTerminal && !has(typed, 'json');
  const intervalMs = watchIntervalMs('--watch', typed.options.get('watch') ?? '');
  let last: string | null = null;
  let trouble: string | null = null;
  let stop: () => void = () => {};
  let stopListening: () => void = () => {};
  try {
    const signal = await new Promise<number | null>((resolve, reject) => {
      stopListening = context.onInterrupt(resolve);
      stop = follow({
        store,
        clock: context.clock,
        intervalMs,
        onSnapshot(snapshot) {
          try {
            trouble = null;
            const text = render(snapshot);
            if (text === last) return;
            const before = isScreen ? HOME_AND_CLEAR : last === null || has(typed, 'json') ? '' : '\n';
            last = text;
            if (!out.answer(`${before}${text}`)) resolve(null);
          } catch (error) {
            reject(error);
          }
        },
        onTrouble(error) {
          const words = error instanceof Error ? error.message : String(error);
          if (last === null) reject(error);
          else if (words !== trouble) out.note(`error: ${words}`);
          trouble = words;
        },
      });
    });
    return signal === null ? EXIT.ok : 128 + signal;
  } finally {
    stop();
    stopListening();
  }
}
