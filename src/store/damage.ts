/** Damage of slots.yaml: how it is seen, and which command helps. */
import { existsSync } from 'node:fs';
import { FORMAT_VERSION } from '../core/model/state.ts';
import { EXIT, ExpectedError } from '../errors.ts';
import { readText } from '../files/text-file.ts';
import { parseSlots, type SlotsDocument } from './document/slots-document.ts';
import { damaged } from './document/yaml-library.ts';

/**
 * A truncated file can be valid YAML, and without its leases all slots would be free. This program always writes both
 * lists, so a file without a list that its backup has was cut off.
 */
export function refuseCutOff({ path, sections }: SlotsDocument): void {
  const missing = ['leases', 'queue'].find((key) => !sections.some((section) => section.key === key));
  if (missing === undefined || !readText(`${path}.bak`)?.text.includes(`\n${missing}:`)) return;
  const last = sections.at(-1);
  const line = last === undefined ? 1 : last.line + last.text.split('\n').length - 1;
  throw damaged(
    path,
    `, line ${line}, column 1`,
    `it seems cut off: ${missing} is missing; an empty list is ${missing}: []`,
  );
}

/** Refuses a state whose version is newer than that of its backup: a program of that version would have written both. */
export async function refuseNewer({ path, state }: SlotsDocument): Promise<void> {
  if (state.version <= FORMAT_VERSION) return;
  const backup = readText(`${path}.bak`);
  if (backup === null || (await parseSlots(path, backup.text, null)).state.version > FORMAT_VERSION) return;
  throw damaged(path, ', line 1, column 1', `its version is ${state.version}, and its backup has another one`);
}

/** The last good revision of slots.yaml at `path`; null if there is none that can be read. Never throws. */
export async function readBackup(path: string): Promise<SlotsDocument | null> {
  try {
    const backup = readText(`${path}.bak`);
    return backup === null ? null : await parseSlots(path, backup.text, null);
  } catch {
    return null;
  }
}

/** True if slots.yaml at `path` has a backup that can be read. Never throws. */
export const hasSoundBackup = async (path: string): Promise<boolean> => (await readBackup(path)) !== null;

/** The error of an unreadable slots.yaml, with the command that helps if a backup can be read. */
export async function withRemedy(path: string, error: unknown): Promise<unknown> {
  if (!isBadFile(error) || !existsSync(path) || !(await hasSoundBackup(path))) return error;
  const hint = 'correct it there, or restore its last good revision: resource-manager doctor --fix';
  return new ExpectedError(error.code, error.message, { hint, exit: error.exit, cause: error });
}

/** True for the error of a file that is damaged. */
export const isBadFile = (error: unknown): error is ExpectedError =>
  error instanceof ExpectedError && error.exit === EXIT.badFile;
