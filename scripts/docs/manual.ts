/** All commands with their specs, and the texts that the reference and the man pages add. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandEntry, CommandSpec } from '../../src/cli/command.ts';
import { GROUPS } from '../../src/cli/commands/index.ts';
import { EXIT } from '../../src/errors.ts';

export const PROGRAM = 'resource-manager';
export const ROOT = join(import.meta.dirname, '..', '..');

export interface Manual {
  readonly group: string;
  /** The subcommand: `request`. */
  readonly name: string;
  /** Its usual name: `request-slots`, `resource-manager queue`. */
  readonly called: string;
  /** Its other names. */
  readonly also: readonly string[];
  readonly summary: string;
  readonly spec: CommandSpec;
  /** Names of the schemas of its JSON answers. */
  readonly answers: readonly string[];
}

/** `request` of request.schema.json, in alphabetical order. */
export const SCHEMAS: readonly string[] = readdirSync(join(ROOT, 'schemas'))
  .map((file) => file.replace('.schema.json', ''))
  .sort();

function manualOf(group: string, name: string, { summary, installed = [] }: CommandEntry, spec: CommandSpec): Manual {
  const own = `${PROGRAM} ${name}`;
  const [called = own, ...also] = [...installed, own];
  // `report-usage-from-claude` answers `report-usage`, not `report`.
  const isOwn = (schema: string): boolean =>
    NAMES.filter((other) => schema === other || schema.startsWith(`${other}-`)).sort(
      (a, b) => b.length - a.length,
    )[0] === name;
  return { group, name, called, also, summary, spec, answers: [...SCHEMAS.filter(isOwn), ...(spec.answers ?? [])] };
}

const NAMES = Object.values(GROUPS).flatMap((table) => Object.keys(table));

/** All commands, by group, in the order of the help. */
export async function manuals(): Promise<readonly Manual[]> {
  const all = Object.entries(GROUPS).flatMap(([group, table]) =>
    Object.entries(table).map(async ([name, entry]) => manualOf(group, name, entry, (await entry.load()).spec)),
  );
  return Promise.all(all);
}

/** Words for a value in the specs: how the value is written, and its unit. */
export const VALUES: Readonly<Record<string, readonly [form: string, example: string]>> = {
  N: ['a whole number', '5'],
  DURATION: ['a time with its unit: `ms`, `s`, `m`, `h`, `d` or `w`; parts may follow each other', '90s, 1h30m'],
  WHEN: ['a time back from now, `today`, `yesterday`, or an instant in ISO 8601', '7d, 2026-11-25T10:00Z'],
  PERIOD: ['`day`, `week`, `month`, or a duration', '5h'],
  TOKENS: ['a number of tokens; `k`, `M` and `G` are powers of 1,000', '50k'],
  DOLLARS: ['US dollars', '5.00'],
  AMOUNT: ['tokens, or amounts of several dimensions with commas', '5k, tokens=5k,cost=0.10,time=30s'],
  SIZE: ['bytes; `K`, `M`, `G` and `T` are powers of 1,024', '512M'],
  PERCENT: ['a number from 0 to 100, with or without `%`', '60, 62.5%'],
  RATE: ['a share, above 0 up to 1, or in percent', '0.5, 50%'],
  PRIORITY: ['`critical`, `high`, `normal` or `low`', 'high'],
  STRATEGY: ['`fifo`, `fair-share` or `priority`', 'fifo'],
  ZONE: ['a time zone of the IANA database', 'Europe/Berlin'],
  KINDS: ['kinds of events, with commas', 'granted,released'],
  NAME: ['a name', 'auth'],
  NAMES: ['names, with commas', 'auth,api'],
  WORKFLOW: ['the name of a workflow', 'nightly'],
  ID: ['the id of a lease', 'L7'],
  KEY: ['a text of your own that names one spend', 'call-7'],
  MARK: ['the mark of a run', ''],
  GROUP: ['the name of a group of users', 'agents'],
  PID: ['a process id', '4711'],
  TEXT: ['any text', 'wrong branch'],
  PATH: ['a path', '/var/lib/resource-manager'],
  FILE: ['the path of a file', 'report.html'],
  FOLDER: ['the path of a folder', 'runs/'],
  HISTORY: ['the path of a history', 'backup/history'],
};

/** The meaning of each exit code, for all commands. */
export const EXITS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'done',
  checkedNo: 'the answer of a check is no',
  usage: 'bad arguments',
  badFile: 'the state or the configuration is damaged; nothing was changed',
  noSuchThing: 'no such project, lease, ticket or agent',
  neverGranted: 'the request can never be granted',
  internal: 'internal error, with an id to search for',
  cannotCreate: 'a file cannot be created',
  ioError: 'a file cannot be read or written',
  notNow: 'not now: queued, a budget is short, or the lock was not free in time',
  notPermitted: 'not permitted',
  newerFile: 'a newer version wrote the file',
  waitRanOut: 'the time of --wait is over',
};

/** Names and codes of EXIT, with their meanings. */
export const exitRows = (): (readonly [name: string, code: number, meaning: string])[] =>
  (Object.keys(EXITS) as (keyof typeof EXIT)[]).map((name) => [name, EXIT[name], EXITS[name]]);
