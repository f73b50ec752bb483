/** Prints an answer again whenever it changes, until interrupted. Loaded only for `--watch`. */

import { DAY_MS } from '../core/model/instants.ts';
import { EXIT, messageOf } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Snapshot } from '../ports/snapshot.ts';
import type { Store } from '../ports/store.ts';
import type { OnInterrupt } from '../ports/terminal.ts';
import { follow } from '../ui/feed.ts';
import type { Invocation } from './invocation.ts';
import { durationMs, usageError } from './values.ts';

const USUAL_MS = 2_000;
const LEAST_MS = 100;
/** A timer of more than 24 days would fire at once. */
const MOST_MS = DAY_MS;

/** The typed interval in milliseconds; two seconds for an empty text. */
export function watchIntervalMs(option: string, text: string): number {
  if (text === '') return USUAL_MS;
  const ms = durationMs(option, text);
  if (ms < LEAST_MS) throw usageError(`${option} must be at least ${LEAST_MS}ms, got ${text}`, 'write it like 2s');
  return Math.min(ms, MOST_MS);
}

/**
 * Prints `render` of each snapshot when it differs from the last output. On a terminal it clears the screen first, elsewhere
 * it separates outputs by an empty line; JSON is one document per line. The first read throws the store's errors; a later
 * failure is noted once. Returns 128 plus the number of the ending signal, or 0 when the output is closed.
 */
export async function watch(
  invocation: Invocation,
  ports: OnInterrupt & Clock,
  store: Store,
  render: (snapshot: Snapshot) => string,
): Promise<number> {
  const { out } = invocation;
  const isScreen = out.isTerminal && !invocation.has('json');
  const intervalMs = watchIntervalMs('--watch', invocation.options.get('watch') ?? '');
  let last: string | null = null;
  let trouble: string | null = null;
  let stop: () => void = () => {};
  let stopListening: () => void = () => {};
  try {
    const signal = await new Promise<number | null>((resolve, reject) => {
      stopListening = ports.onInterrupt(resolve);
      stop = follow({
        store,
        clock: ports,
        intervalMs,
        onSnapshot(snapshot) {
          try {
            trouble = null;
            const text = render(snapshot);
            if (text === last) return;
            const before = isScreen || last === null || invocation.has('json') ? '' : '\n';
            last = text;
            if (!out.answer(`${before}${text}`, isScreen)) resolve(null);
          } catch (error) {
            reject(error);
          }
        },
        onTrouble(error) {
          const words = messageOf(error);
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
