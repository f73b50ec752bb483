/** For processes that stay: V8's flags for a small heap, which cannot be given on a command line that is not ours. */
import { setFlagsFromString } from 'node:v8';

/**
 * Keeps the young generation as small as it is: a process that works a few milliseconds a second gains nothing by a
 * larger one, and would grow by megabytes over the hours.
 */
export function stayLean(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
