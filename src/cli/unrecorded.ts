/** Reports an act on processes that is done, but that the state could not record. */
import { EXIT, ExpectedError, messageOf } from '../errors.ts';
import type { SystemLog } from '../ports/host.ts';
import type { Store } from '../ports/store.ts';
import type { Invocation } from './invocation.ts';

/** Has the store read a damaged state as its last good revision, and notes each damage once. */
export function actOnLastGood(store: Store, note: (text: string) => void): void {
  const noted = new Set<string>();
  store.actOnLastGood((text) => {
    if (!noted.has(text)) note(text);
    noted.add(text);
  });
}

/** Says so on standard error and in the system log; `act` is a noun. Returns the exit code. */
export function noteUnrecorded({ out }: Invocation, ports: SystemLog, act: string, error: unknown): number {
  const text = `the ${act} is done, but not recorded: ${messageOf(error)}`;
  out.note(`error: ${text}`);
  out.note('hint: once the state can be written, the next command that writes it frees the slots of ended processes');
  ports.logToSystem(text);
  return error instanceof ExpectedError ? error.exit : EXIT.ioError;
}
