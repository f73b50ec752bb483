/** Makes a state from the package's template, sized to the machine. Of several processes one makes it. */
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Sizing } from '../core/sizing.ts';
import { EXIT, ExpectedError, errnoOf, orElse, orSystemError, systemError } from '../errors.ts';
import { placeNew } from '../files/atomic.ts';
import { makeFolder } from '../files/folder.ts';
import { ownFolder } from '../files/own-folder.ts';
import { splitSections } from './document/sections.ts';
import { spliceScalar } from './document/splice.ts';
import { makeHistoryFolder } from './history/shared-history.ts';

export interface TemplateValues extends Sizing {
  readonly maxLoadAverage: number;
}

function setScalar(text: string, key: string, value: number): string {
  const sections = splitSections(text) ?? [];
  return sections
    .map((section) => (section.key === key ? (spliceScalar(section.text, key, value) ?? section.text) : section.text))
    .join('');
}

/** Makes the file; false if it exists already. */
function make(path: string, text: string, mode: number): boolean {
  const place = (): boolean => placeNew(path, Buffer.from(text), { mode, isDurable: true });
  return orSystemError('create', path, place, EXIT.cannotCreate);
}

/** A state with only a backup is damaged, not missing: an empty state would lose the leases. */
function refuseToReplace(dir: string): void {
  const path = join(dir, 'slots.yaml');
  if (existsSync(path) || !existsSync(`${path}.bak`)) return;
  throw new ExpectedError('bad-file', `${path} is gone, but its last good revision is still there`, {
    hint: 'remove that one too to start with an empty pool, or put it back: resource-manager doctor --fix',
    exit: EXIT.badFile,
  });
}

/** True when `dir` has a state. */
export const hasState = (dir: string): boolean => orElse(() => statSync(join(dir, 'slots.yaml')).isFile(), false);

/** The texts of a new state. */
export interface StateTexts {
  readonly config: string;
  readonly slots: string;
}

/** The template's texts with these sizes. */
export function newTexts(templateDir: string, values: TemplateValues): StateTexts {
  const template = (name: string): string => readFileSync(join(templateDir, name), 'utf8');
  return {
    config: setScalar(template('config.yaml'), 'max_per_project', values.maxPerProject),
    slots: setScalar(template('slots.yaml'), 'max_slots', values.maxSlots).replace(
      /max_load_average: \S+/,
      `max_load_average: ${values.maxLoadAverage.toFixed(1)}`,
    ),
  };
}

/**
 * Makes the state in `dir` from the files in `templateDir`. With `sharing` the members of a group may write it; its number is
 * null for that of the user who makes it. Returns false, without a change, if there is one already. Throws ExpectedError 73,
 * 74 or 77.
 */
export function createState(
  dir: string,
  templateDir: string,
  values: TemplateValues,
  sharing: { readonly gid: number | null } | null,
): boolean {
  const mode = sharing === null ? 0o755 : SHARED_MODE;
  try {
    makeFolder(dirname(dir));
    // Not recursive: a recursive mkdir reports a read-only file system as a missing folder.
    if (!existsSync(dir)) mkdirSync(dir, { mode });
    else if (!statSync(dir).isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw systemError('create', dir, error, EXIT.cannotCreate);
  }
  if (sharing !== null && !hasState(dir)) share(dir, sharing.gid);
  const { config, slots } = newTexts(templateDir, values);
  refuseToReplace(dir);
  // The configuration is made first, so that every process that sees the state sees it. Commands and texts in it count only
  // while nobody but its owner writes it.
  if (!hasState(dir)) make(join(dir, 'config.yaml'), config, 0o644);
  return make(join(dir, 'slots.yaml'), slots, sharing === null ? 0o644 : 0o664);
}

const SHARED_MODE = 0o2775;

/** Gives the folder to a group, with the folders in which its members keep what is their own. */
function share(dir: string, gid: number | null): void {
  try {
    if (gid !== null) chownSync(dir, statSync(dir).uid, gid);
    chmodSync(dir, SHARED_MODE);
    makeHistoryFolder(dir);
    ownFolder(dir);
  } catch (error) {
    const group = gid === null ? 'GROUP' : gid;
    const hint = `as root: sudo resource-manager init --system --group ${group}`;
    throw systemError('share', dir, error, EXIT.cannotCreate, hint);
  }
}
