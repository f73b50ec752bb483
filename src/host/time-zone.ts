/** Reads what this machine says of its time zone. */
import { realpathSync } from 'node:fs';
import { type LocalZone, localZone } from '../core/budget/local-zone.ts';
import { orElse } from '../errors.ts';
import type { Variables } from '../ports/host.ts';

const MACHINES_FILE = '/etc/localtime';

/** The machine's time zone, or UTC where nothing names one. */
export function machineZone({ TZ }: Variables): LocalZone {
  const named = TZ?.replace(/^:/, '');
  const file = named === undefined ? MACHINES_FILE : named.startsWith('/') ? named : null;
  return localZone({
    runtime: Intl.DateTimeFormat().resolvedOptions().timeZone,
    variable: TZ,
    file: file === null ? null : orElse(() => realpathSync(file), file),
  });
}
