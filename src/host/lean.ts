/** V8 flags for a small heap, for long-running commands, set here because users type the command line. */
import { setFlagsFromString } from 'node:v8';

/**
 * Keeps the young generation at its present size: a process that works a few milliseconds a second gains nothing from a
 * larger one, and would grow by megabytes over hours.
 */
export function stayLean(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
