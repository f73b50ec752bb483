/** Makes a new state, and explains why its folder cannot be found. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { shellWord } from '../core/integrate/launch.ts';
import { loadLimit, sizeFor } from '../core/sizing.ts';
import { EXIT, ExpectedError, systemError } from '../errors.ts';
import { placeNew } from '../files/atomic.ts';
import { groupName, groupNumber } from '../host/group.ts';
import { readSize } from '../host/health/size.ts';
import { homeOf } from '../host/home.ts';
import type { Variables } from '../ports/host.ts';
import type { InitPlan, InitResult } from '../ports/store.ts';
import { createState, hasState, newTexts, type StateTexts } from '../store/template.ts';
import { findStateDir, POINTER_FILE } from './state-dir.ts';

const SYSTEM_DIR = '/var/lib/resource-manager';

/**
 * `--dir`, else RESOURCE_MANAGER_DIR, else the folder in /etc/resource-manager.yaml, else ~/.resource-manager. Throws
 * ExpectedError 64 for an empty option and a relative variable, 65, 74 or 77 for a file in /etc that names no folder or
 * cannot be read, 66 without a home folder.
 */
export function stateDir(option: string | null, env: Variables): string {
  if (option === '') {
    throw new ExpectedError('usage', '--dir names no folder', { hint: 'is the variable set?', exit: EXIT.usage });
  }
  const named = env.RESOURCE_MANAGER_DIR;
  if (option === null && named && !named.startsWith('/'))
    throw new ExpectedError('usage', `RESOURCE_MANAGER_DIR must be an absolute path, got ${JSON.stringify(named)}`, {
      hint: `the folder here: export RESOURCE_MANAGER_DIR=${shellWord(resolve(named))}`,
      exit: EXIT.usage,
    });
  const wanted = option === null ? named : resolve(option);
  let dir: string | null;
  try {
    dir = findStateDir(wanted, () => homeOf(env));
  } catch (error) {
    throw error instanceof ExpectedError ? error : systemError('read', POINTER_FILE, error);
  }
  if (dir !== null) return dir;
  throw new ExpectedError('bad-file', `${POINTER_FILE}: expected a line like dir: ${SYSTEM_DIR}`, {
    hint: 'correct that line, or set RESOURCE_MANAGER_DIR',
    exit: EXIT.badFile,
  });
}

/** The package's own template, beside the bundle or, in the source tree, above it. */
const templateDir = (root: string): string => join(root, '.resource-manager');

/** The texts of the state that `makeState` would make on this machine. */
export function textsOfNewState(root: string): StateTexts {
  const size = readSize();
  return newTexts(templateDir(root), { ...sizeFor(size), maxLoadAverage: loadLimit(size) });
}

/** Creates the state if there is none. Throws ExpectedError 64, 66, 73, 74 or 77. */
export function makeState(root: string, dir: string, plan: InitPlan): InitResult {
  const target = plan.system ? SYSTEM_DIR : dir;
  const size = readSize();
  const sized = sizeFor(size);
  const maxSlots = plan.maxSlots ?? sized.maxSlots;
  const maxPerProject = plan.maxPerProject ?? Math.min(sized.maxPerProject, maxSlots);
  const gid = plan.group === null ? null : numberOf(plan.group);
  if (hasState(target)) refuseOtherGroup(target, gid);
  const values = { maxSlots, maxPerProject, maxLoadAverage: loadLimit(size) };
  const created = createState(target, templateDir(root), values, plan.system ? { gid } : null);
  if (plan.system) pointEveryoneAt(target);
  return { dir: target, created, maxSlots, maxPerProject, group: sharingGroup(target) };
}

/** A name as a shell reads it, without quotes that it does not need. */
const bareWord = (name: string): string => (/^[\w.-]+$/.test(name) ? name : shellWord(name));

function numberOf(group: string): number {
  const gid = groupNumber(group);
  if (gid !== null) return gid;
  throw new ExpectedError('no-such-group', `there is no group ${group}`, {
    hint: `make it: sudo groupadd ${bareWord(group)}`,
    exit: EXIT.noSuchThing,
  });
}

/** The group whose members may write to the folder; null if no other user may. */
function sharingGroup(dir: string): string | null {
  const { mode, gid } = statSync(dir);
  return (mode & 0o020) === 0 ? null : groupName(gid);
}

function refuseOtherGroup(dir: string, gid: number | null): void {
  const present = statSync(dir);
  if (gid === null || (present.gid === gid && (present.mode & 0o020) !== 0)) return;
  const group = bareWord(groupName(gid));
  throw new ExpectedError('other-group', `${dir} exists already, and the group of it is ${groupName(present.gid)}`, {
    hint: `give it to ${group}: sudo chgrp -Rh ${group} ${dir} && sudo chmod 2775 ${dir} && sudo chmod 664 ${dir}/slots.yaml`,
    exit: EXIT.usage,
  });
}

function pointEveryoneAt(dir: string): void {
  try {
    mkdirSync(dirname(POINTER_FILE), { recursive: true });
    const text = `# Everyone on this machine shares one pool of agent slots.\ndir: ${dir}\n`;
    placeNew(POINTER_FILE, Buffer.from(text), { mode: 0o644, isDurable: true });
  } catch (error) {
    throw systemError('create', POINTER_FILE, error, EXIT.cannotCreate);
  }
}
