/**
 * The environment that a service is given. A service has none of the shell that installs it, so what the monitor and its
 * notification commands read is written down with the service.
 */

import { resolve } from 'node:path';
import type { Variables } from '../../ports/host.ts';
import { homeOf } from '../home.ts';

/** Folders, possibly several with commas; absolute, because a service has another working folder. */
const FOLDERS = ['CLAUDE_CONFIG_DIR', 'CODEX_HOME', 'XDG_CONFIG_HOME', 'TMPDIR'];
const TEXTS = ['PATH', 'TZ', 'LANG', 'LC_ALL'];

export interface ServiceEnvironment {
  readonly variables: readonly (readonly [name: string, value: string])[];
  /** Variables that the installing shell does not have, so the service has the defaults. */
  readonly absent: readonly string[];
}

/** Names the variables that the service does without; null if there are none. */
export const absentText = ({ absent }: ServiceEnvironment): string | null =>
  absent.length === 0 ? null : `not set in this shell, so the service has the defaults: ${absent.join(', ')}`;

const absolute = (folders: string, cwd: string): string =>
  folders
    .split(',')
    .map((folder) => folder.trim())
    .filter((folder) => folder !== '')
    .map((folder) => resolve(cwd, folder))
    .join(',');

/** The variables for a service of the state in `dir`. A value with a control character is left out: no line can hold it. */
export function serviceEnvironment(env: Variables, dir: string, cwd: string): ServiceEnvironment {
  const wanted: (readonly [string, string])[] = [
    ['HOME', homeOf(env)],
    ['RESOURCE_MANAGER_DIR', dir],
    ...FOLDERS.map((name) => [name, absolute(env[name] ?? '', cwd)] as const),
    ...TEXTS.map((name) => [name, env[name] ?? ''] as const),
  ];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are what is looked for.
  const isUsable = (value: string): boolean => value !== '' && !/[\u0000-\u001f\u007f]/.test(value);
  return {
    variables: wanted.filter(([, value]) => isUsable(value)),
    absent: wanted.filter(([, value]) => !isUsable(value)).map(([name]) => name),
  };
}
