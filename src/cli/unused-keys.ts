/** Notes about keys of config.yaml that are not in force. Loaded only where there are some. */
import { ignoredText, meantKeysText, trustText, unknownKeysText } from '../render/ignored.ts';
import { withDir } from './hint.ts';
import type { Invocation } from './invocation.ts';

export interface UnusedKeys {
  readonly ignored: readonly string[];
  readonly unknown: readonly string[];
}

export function noteUnusedKeys(invocation: Invocation, { ignored, unknown }: UnusedKeys, path: string): void {
  if (ignored.length > 0) {
    invocation.note(`note: ${ignoredText(ignored, path)}`);
    invocation.note(`hint: ${trustText(path)}`);
  }
  if (unknown.length > 0) {
    invocation.note(`note: ${unknownKeysText(unknown, path)}`);
    invocation.note(`hint: ${withDir(meantKeysText(unknown), invocation.options.get('dir'))}`);
  }
}
