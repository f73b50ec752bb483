/**
 * The environment that a service is given. A service has none of the shell that installs it, so what the monitor and its
 * notification commands read is written down with the service.
 */

import { EXIT, ExpectedError } from '../../errors.ts';
import type { Variables } from '../../ports/host.ts';
import { foldersIn, homeOf } from '../home.ts';

/** Folders, possibly several with commas; absolute, because a service has another working folder. */
const FOLDERS = ['CLAUDE_CONFIG_DIR', 'CODEX_HOME', 'XDG_CONFIG_HOME', 'TMPDIR'];
const TEXTS = ['PATH', 'TZ', 'LANG', 'LC_ALL'];
/** Only notification commands read these, so their absence is not worth a word. */
const FOR_NOTIFICATIONS = ['XDG_RUNTIME_DIR', 'XDG_DATA_HOME', 'XDG_STATE_HOME', 'XDG_CACHE_HOME'];

// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are what is looked for.
const CONTROL = /[\u0000-\u001f\u007f]/;

/** Throws ExpectedError 64 for a word that no line of a unit or crontab can hold. */
export function checkWords(words: readonly string[]): void {
  const bad = words.find((word) => CONTROL.test(word));
  if (bad === undefined) return;
  throw new ExpectedError('usage', `no unit or crontab can hold ${JSON.stringify(bad)}: it has a control character`, {
    hint: 'name a folder without line breaks and other control characters',
    exit: EXIT.usage,
  });
}

export interface ServiceEnvironment {
  readonly variables: readonly (readonly [name: string, value: string])[];
  /** Variables that the installing shell does not have, so the service has the defaults. */
  readonly absent: readonly string[];
}

/** Names the variables that the service does without; null if there are none. */
export const absentText = ({ absent }: ServiceEnvironment): string | null =>
  absent.length === 0 ? null : `not set in this shell, so the service has the defaults: ${absent.join(', ')}`;

/** The variables for a service of the state in `dir`. A value with a control character is left out: no line can hold it. */
export function serviceEnvironment(env: Variables, dir: string, cwd: string): ServiceEnvironment {
  // A relative folder of XDG is as good as none, here as for the commands.
  const given = (name: string): string =>
    name.startsWith('XDG_') && !env[name]?.startsWith('/') ? '' : (env[name] ?? '');
  const home = homeOf(env);
  const wanted: (readonly [string, string])[] = [
    ['HOME', home],
    ['RESOURCE_MANAGER_DIR', dir],
    ...FOLDERS.map((name) => [name, foldersIn(given(name), home, cwd).join(',')] as const),
    ...TEXTS.map((name) => [name, env[name] ?? ''] as const),
  ];
  const isUsable = (value: string): boolean => value !== '' && !CONTROL.test(value);
  const more = FOR_NOTIFICATIONS.map((name) => [name, env[name] ?? ''] as const);
  return {
    variables: [...wanted, ...more].filter(([, value]) => isUsable(value)),
    absent: wanted.filter(([, value]) => !isUsable(value)).map(([name]) => name),
  };
}
