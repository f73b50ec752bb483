/** Notes about keys of config.yaml and slots.yaml that are not in force. Loaded only where there are some. */
import { hintForSlots } from '../core/settings/keys.ts';
import { ignoredText, meantKeysText, trustText, unknownKeysText } from '../render/ignored.ts';
import { withDir } from './hint.ts';
import type { Invocation } from './invocation.ts';

export interface UnusedKeys {
  readonly ignored?: readonly string[];
  readonly unknown?: readonly string[];
  /** Unused keys of slots.yaml. */
  readonly unused?: readonly string[];
}

/** Notes for the files of the state in `dir`. */
export function noteUnusedKeys(
  invocation: Invocation,
  { ignored = [], unknown = [], unused = [] }: UnusedKeys,
  dir: string,
): void {
  const note = (text: string, hint: string): void => {
    invocation.note(`note: ${text}`);
    invocation.note(`hint: ${withDir(hint, invocation.options.get('dir'))}`);
  };
  const config = `${dir}/config.yaml`;
  if (ignored.length > 0) note(ignoredText(ignored, config), trustText(config));
  if (unknown.length > 0) note(unknownKeysText(unknown, config), meantKeysText(unknown));
  if (unused.length > 0) note(unknownKeysText(unused, `${dir}/slots.yaml`), meantKeysText(unused, hintForSlots));
}
