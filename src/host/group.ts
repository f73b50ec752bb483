/** Groups of users: names and numbers, from /etc/group, else as `getent` knows them from other sources. */
import { spawnSync } from 'node:child_process';
import { orElse } from '../errors.ts';
import { MOST_BYTES, readRegularText } from '../files/regular-file.ts';

const GROUP_FILE = '/etc/group';

/** Name and number of the line whose field `at` is `value`. */
function groupIn(text: string, at: 0 | 2, value: string): { readonly name: string; readonly gid: number } | null {
  const found = text.split('\n').find((line) => line.split(':')[at] === value);
  const [name = '', , gid] = found?.split(':') ?? [];
  return found !== undefined && /^\d+$/.test(gid ?? '') ? { name, gid: Number(gid) } : null;
}

function find(at: 0 | 2, value: string) {
  const local = groupIn(
    orElse(() => readRegularText(GROUP_FILE, MOST_BYTES.small), ''),
    at,
    value,
  );
  return local ?? groupIn(spawnSync('getent', ['group', value], { encoding: 'utf8' }).stdout ?? '', at, value);
}

/** Number of the group with this name; null if there is none. A number means itself. */
export const groupNumber = (group: string): number | null =>
  find(0, group)?.gid ?? (/^\d{1,10}$/.test(group) ? Number(group) : null);

/** Name of the group with this number; the number itself if it has no name. */
export const groupName = (gid: number): string => find(2, String(gid))?.name ?? String(gid);
