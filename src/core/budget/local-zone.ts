/** The machine's own time zone, by what the machine says of it. */
import { isTimeZone } from './window.ts';

/** A zone; `isNamed` is false where UTC stands in for a machine that names none. */
export interface LocalZone {
  readonly name: string;
  readonly isNamed: boolean;
}

export interface ZoneSigns {
  /** Zone of the runtime, which is undefined or Etc/Unknown where it cannot name one. */
  readonly runtime: string | undefined;
  /** The variable TZ. */
  readonly variable: string | undefined;
  /** The file that TZ or else the machine names, its links followed; null without one. */
  readonly file: string | null;
}

/**
 * True for a name of the time zone database that this runtime knows. An offset like +02:00, which only later runtimes
 * read, is no name.
 */
export const isZoneName = (name: string): boolean =>
  /^[A-Za-z]/.test(name) && name !== 'Etc/Unknown' && isTimeZone(name);

/** `Asia/Tokyo` of `/usr/share/zoneinfo/Asia/Tokyo`; null for a file elsewhere. */
const zoneOfFile = (path: string | null): string | null =>
  /\/zoneinfo(?:[-.][^/]*)?\/(?:posix\/|right\/)?(.+)$/.exec(path ?? '')?.[1] ?? null;

/**
 * The zone by TZ, else by the runtime, else by the machine's file. A blank TZ is UTC, as POSIX has it; a rule such as
 * CET-1CEST, of which the runtime says UTC, names no zone.
 */
export function localZone({ runtime, variable, file }: ZoneSigns): LocalZone {
  const said = variable?.trim().replace(/^:/, '');
  const ofRuntime = runtime === 'UTC' && said !== undefined ? undefined : runtime;
  const candidates = said === '' ? [] : [ofRuntime, said, zoneOfFile(file)];
  const name = candidates.find((one) => one != null && isZoneName(one));
  return name == null ? { name: 'UTC', isNamed: false } : { name, isNamed: true };
}
