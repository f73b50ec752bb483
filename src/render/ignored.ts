/** Warnings about keys of config.yaml that are not in force, and their fixes. */
import { shellWord } from '../core/integrate/launch.ts';
import { hintFor } from '../core/settings/keys.ts';
import { plural } from './text/counts.ts';

/** For keys that another user may have written. */
export const ignoredText = (keys: readonly string[], path: string): string =>
  `${path} is ignored for ${keys.join(', ')}: other users can write to it`;

export const trustText = (path: string): string =>
  `if another user owns the file or can write to its folder, give it to root (chown root); then: chmod go-w ${shellWord(path)}`;

const MOST_NAMED = 20;

/** The first keys, and the number of the others. */
const namedOf = (keys: readonly string[]): string =>
  keys.length <= MOST_NAMED
    ? keys.join(', ')
    : `${keys.slice(0, MOST_NAMED).join(', ')} and ${keys.length - MOST_NAMED} more`;

/** For keys that are no setting. */
export const unknownKeysText = (keys: readonly string[], path: string): string =>
  `${path} has ${plural(keys.length, 'key')} that ${keys.length === 1 ? 'is' : 'are'} no setting and ${keys.length === 1 ? 'has' : 'have'} no effect: ${namedOf(keys)}`;

/** The hints for them, each once; `hintOf` knows the keys of their file. */
export const meantKeysText = (keys: readonly string[], hintOf: (key: string) => string | null = hintFor): string =>
  keys.length === 1
    ? (hintOf(keys[0] as string) ?? '')
    : keys
        .slice(0, 8)
        .map((key) => `${key}: ${hintOf(key)}`)
        .join('; ');
