/** Findings of `doctor` about owners and modes in the folder of a state that several users may write to. */
import { check, type Finding } from './diagnose.ts';

export type EntryKind = 'file' | 'folder' | 'link' | 'pipe' | 'socket' | 'device';

export interface PoolEntry {
  /** Path below the folder of the state. */
  readonly name: string;
  readonly kind: EntryKind;
  readonly uid: number;
  readonly gid: number;
  /** Permission bits, with those of setgid and sticky. */
  readonly mode: number;
}

/** A look at the lock, some times in a row. */
export interface LockLooks {
  readonly looks: number;
  /** Looks at which it was held, by the user of the holder's process or, where there is none, of the entry. */
  readonly heldBy: ReadonlyMap<number, number>;
}

export interface PoolFacts {
  readonly dir: string;
  /** User and groups of this process. */
  readonly uid: number;
  readonly groups: readonly number[];
  readonly folder: PoolEntry;
  readonly groupName: string;
  /** Entries of the folder, of `history/`, and of `users/`. */
  readonly entries: readonly PoolEntry[];
  readonly lock: LockLooks;
}

const ROOT = 0;
const GROUP_WRITES = 0o020;
const STICKY = 0o1000;
const SETGID = 0o2000;
/** Of the looks at the lock; a busy pool holds it for a small part of the time. */
const OFTEN = 0.8;
const MOST_NAMED = 5;

/** Each name of ours with what it is. */
const KINDS: readonly (readonly [RegExp, EntryKind])[] = [
  [/^(?:slots\.yaml(?:\.bak)?|config\.yaml|prices\.json)$/, 'file'],
  [/^(?:slots\.yaml\.lock|history|users|beats|ledger|projects|(?:transcripts|hooks)-\d+)$/, 'folder'],
  [/^history\/\d{4}-\d\d-\d\d(?:\.\d+){0,2}\.jsonl$/, 'file'],
  [/^users\/\d+(?:\.[0-9a-z]+)?$/, 'folder'],
];
/** Names of entries that a command moved out of the way, and of damaged states that a backup replaced. */
const ASIDE = /\.set-aside\.[0-9a-z]+$|^slots\.yaml\.damaged-[\dTZ.-]+$/;
/** Drafts, and folders that are being made. */
const DRAFT = /^\.[a-z.]+\.(?:held\.)?\d+\.[0-9a-z.]+$/;
/** The user whom a name claims. */
const CLAIM = /^(?:history\/\d{4}-\d\d-\d\d\.(\d+)(?:\.\d+)?\.jsonl|users\/(\d+)(?:\.[0-9a-z]+)?)$/;

const octal = (mode: number): string => mode.toString(8);
const listed = (entries: readonly PoolEntry[]): string => {
  const named = entries
    .slice(0, MOST_NAMED)
    .map(({ name, kind, uid }) => `${name.replace(/\p{C}/gu, '?')} (a ${kind} of user ${uid})`);
  return `${named.join(', ')}${entries.length > MOST_NAMED ? ` and ${entries.length - MOST_NAMED} more` : ''}`;
};

/** True for what no command of ours makes, or makes for another user. */
function isPlanted({ name, kind, uid }: PoolEntry): boolean {
  const [, known] = KINDS.find(([pattern]) => pattern.test(name)) ?? [];
  if (known === undefined) return !ASIDE.test(name) && !DRAFT.test(name);
  const [, ofHistory, ofUsers] = CLAIM.exec(name) ?? [];
  const claimed = ofHistory ?? ofUsers;
  return kind !== known || (claimed !== undefined && Number(claimed) !== uid);
}

function diagnoseFolders({ dir, folder, entries, groupName }: PoolFacts): readonly Finding[] {
  const own = check('pool');
  const found = (name: string): PoolEntry | undefined => entries.find((entry) => entry.name === name);
  const sticky = ['history', 'users'].flatMap((name) => {
    const entry = found(name);
    if (entry === undefined || entry.kind !== 'folder') return [];
    const wanted = (folder.mode & SETGID) | STICKY | (name === 'users' ? 0o775 : 0o770);
    const isSafe = (entry.mode & STICKY) !== 0 && (entry.mode & GROUP_WRITES) !== 0 && entry.uid === ROOT;
    const path = `${dir}/${name}`;
    return isSafe
      ? []
      : [
          own.warn(
            `${path} belongs to user ${entry.uid}, with mode ${octal(entry.mode)}: members can hinder or remove the records of others`,
            `give it to root: sudo chown root ${path} && sudo chmod ${octal(wanted)} ${path}`,
          ),
        ];
  });
  const state = found('slots.yaml');
  const isOfGroup = state === undefined || (state.gid === folder.gid && (state.mode & 0o060) === 0o060);
  return [
    ...((folder.mode & GROUP_WRITES) !== 0 && (folder.mode & SETGID) === 0
      ? [own.warn(`files in ${dir} do not get its group`, `set the bit: sudo chmod g+s ${dir}`)]
      : []),
    ...((folder.mode & 0o002) === 0
      ? []
      : [own.fault(`every user of the machine may write to ${dir}`, `leave it to its group: sudo chmod o-w ${dir}`)]),
    ...(folder.uid === ROOT
      ? []
      : [
          own.warn(
            `${dir} belongs to user ${folder.uid}, who can replace everything in it`,
            `give it to root: sudo chown root ${dir}`,
          ),
        ]),
    ...(isOfGroup
      ? []
      : [
          own.warn(
            `${dir}/slots.yaml cannot be written by the group ${groupName}`,
            `the next command that changes something corrects it, or now: sudo chgrp ${groupName} ${dir}/slots.yaml && sudo chmod 664 ${dir}/slots.yaml`,
          ),
        ]),
    ...sticky,
  ];
}

function diagnoseLock({ dir, lock }: PoolFacts): readonly Finding[] {
  return [...lock.heldBy].flatMap(([uid, held]) =>
    held < lock.looks * OFTEN
      ? []
      : [
          check('lock').warn(
            `user ${uid} held the lock at ${held} of ${lock.looks} looks`,
            `see which of that user's processes keeps it: ls ${dir}/slots.yaml.lock`,
          ),
        ],
  );
}

/** Findings about a shared pool; an ok finding if there are no others. */
export function diagnosePool(facts: PoolFacts): readonly Finding[] {
  const { dir, uid, groups, folder, groupName, entries } = facts;
  const own = check('pool');
  const isMember = uid === ROOT || uid === folder.uid || groups.includes(folder.gid) || (folder.mode & 0o002) !== 0;
  const planted = entries.filter(isPlanted);
  const aside = entries.filter(({ name }) => ASIDE.test(name));
  const findings = [
    ...(isMember
      ? []
      : [
          own.fault(
            `this user may not change ${dir}: it is for the members of the group ${groupName}`,
            `become one and log in anew (sudo usermod -aG ${groupName} USER), or use a pool of your own: RESOURCE_MANAGER_DIR`,
          ),
        ]),
    ...diagnoseFolders(facts),
    ...(planted.length === 0
      ? []
      : [
          own.warn(
            `not of this program, and not used: ${listed(planted)}`,
            `ask who made it, then remove it from ${dir}`,
          ),
        ]),
    ...(aside.length === 0
      ? []
      : [own.warn(`moved out of the way: ${listed(aside)}`, `ask who made it, then remove it from ${dir}`)]),
    ...diagnoseLock(facts),
  ];
  return findings.length > 0 ? findings : [own.ok(`owners and modes of the pool for ${groupName} are right`)];
}
