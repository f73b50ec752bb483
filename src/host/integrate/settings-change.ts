/**
 * Plans the change of a settings file by an install or an uninstall. A backup beside the file restores it byte for byte;
 * if the user has changed the file since, only our own entries are removed. An empty backup means that there was no file.
 */
import { statSync } from 'node:fs';
import { type JsonNode, memberOf, type ReadJson } from '../../core/integrate/json-node.ts';
import { merge } from '../../core/integrate/merge.ts';
import { unmerge } from '../../core/integrate/unmerge.ts';
import type { Wanted } from '../../core/integrate/wanted.ts';
import { EXIT, ExpectedError } from '../../errors.ts';
import { decoded, readSettingsText, type SettingsText } from './read-json.ts';
import { readBytes, removeFile, writeBytes } from './user-file.ts';

export interface SettingsChange {
  /** Texts before and after: equal if unchanged, empty without a file. */
  readonly before: string;
  readonly after: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Names of the user's own entries that were kept in place of ours. */
  readonly kept: readonly string[];
  readonly backup: string | null;
  /** True if the backup stays, because the file was changed after the backup was made. */
  readonly isBackupLeft: boolean;
  /** True if the file itself turns all hooks off. */
  readonly hasHooksOff: boolean;
  apply(): void;
}

interface Kept extends SettingsText {
  readonly bytes: Buffer;
  readonly root: JsonNode;
  readonly wasNone: boolean;
}

const NEW_FILE = '{}\n';
const backupOf = (file: string): string => `${file}.before-resource-manager`;

/** The backup, if there is a valid one. */
function readBackup(file: string): Kept | null {
  const bytes = readBytes(backupOf(file));
  if (bytes === null) return null;
  const wasNone = bytes.length === 0;
  try {
    const content = wasNone ? { mark: '', text: NEW_FILE } : decoded(backupOf(file), bytes);
    return { ...content, bytes, wasNone, root: readSettingsText(backupOf(file), content.text) };
  } catch (error) {
    // Without a backup, the uninstall removes our entries from the present file.
    if (error instanceof ExpectedError) return null;
    throw error;
  }
}

interface Present {
  readonly bytes: Buffer | null;
  readonly content: SettingsText;
  readonly root: JsonNode;
  readonly read: ReadJson;
  /** True if the file contains a hook or a status line of this product. */
  readonly hasOurs: boolean;
}

function presentOf(file: string, wanted: Wanted): Present {
  const read: ReadJson = (text) => readSettingsText(file, text);
  const bytes = readBytes(file);
  const content = bytes === null ? { mark: '', text: NEW_FILE } : decoded(file, bytes);
  const root = read(content.text);
  const hasOurs = unmerge(content.text, read, { ...wanted, env: {} }, null).removed.length > 0;
  return { bytes, content, root, read, hasOurs };
}

const isOn = (node: JsonNode | undefined): boolean => node?.kind === 'scalar' && node.value === true;

/** Throws if another process has written the file since it was read. */
function sameStill(file: string, bytes: Buffer | null): void {
  const now = readBytes(file);
  if (now === bytes || (now !== null && bytes !== null && now.equals(bytes))) return;
  throw new ExpectedError('changed-meanwhile', `${file} was changed by somebody else just now`, {
    hint: 'nothing was changed; run the command again',
    exit: EXIT.notNow,
  });
}

/** Writes the backup. If the file is gone, an earlier backup may be its only copy, so that backup is set aside. */
function keep(file: string, bytes: Buffer | null): void {
  const backup = backupOf(file);
  if (bytes !== null) {
    writeBytes(backup, bytes, statSync(file).mode & 0o7777);
    return;
  }
  const earlier = readBytes(backup);
  if (earlier !== null && earlier.length > 0) writeBytes(`${backup}.old`, earlier, statSync(backup).mode & 0o7777);
  writeBytes(backup, Buffer.alloc(0));
}

export function planInstall(file: string, wanted: Wanted): SettingsChange {
  const { bytes, content, root, read, hasOurs } = presentOf(file, wanted);
  const { text } = content;
  const backup = hasOurs ? readBackup(file) : null;
  const { text: merged, added, removed, kept } = merge(text, read, wanted, backup?.root ?? null);
  const isChange = bytes === null || merged !== text;
  const keepsBackup = isChange && !hasOurs;
  return {
    before: bytes === null ? '' : text,
    after: merged,
    added,
    removed,
    kept,
    backup: keepsBackup || backup !== null ? backupOf(file) : null,
    isBackupLeft: false,
    hasHooksOff: isOn(memberOf(root, 'disableAllHooks')),
    apply() {
      if (!isChange) return;
      sameStill(file, bytes);
      if (keepsBackup) keep(file, bytes);
      try {
        writeBytes(file, Buffer.from(content.mark + merged));
      } catch (error) {
        if (keepsBackup) removeFile(backupOf(file));
        throw error;
      }
    },
  };
}

export function planUninstall(file: string, wanted: Wanted): SettingsChange {
  const { bytes, content, read, hasOurs } = presentOf(file, wanted);
  const { text } = content;
  const backup = hasOurs ? readBackup(file) : null;
  const before = backup?.root ?? null;
  const bare = bytes === null ? { text, removed: [] } : unmerge(text, read, wanted, before);
  const again = backup === null ? null : merge(backup.text, read, wanted, before).text;
  const wasNone = backup?.wasNone ?? true;
  const isGone = wasNone && read(bare.text).members.length === 0;
  const isUntouched =
    !wasNone &&
    again !== null &&
    backup?.mark === content.mark &&
    unmerge(again, read, wanted, before).text === bare.text;
  const isChange = bare.removed.length > 0;
  const after = isUntouched ? (backup?.text ?? '') : isGone ? '' : bare.text;
  return {
    before: bytes === null ? '' : text,
    after: isChange ? after : bytes === null ? '' : text,
    added: [],
    removed: bare.removed,
    kept: [],
    backup: backup === null ? null : backupOf(file),
    isBackupLeft: isChange && !wasNone && !isUntouched,
    hasHooksOff: false,
    apply() {
      if (!isChange) return;
      sameStill(file, bytes);
      if (isUntouched) writeBytes(file, backup?.bytes ?? Buffer.alloc(0));
      else if (isGone) removeFile(file);
      else writeBytes(file, Buffer.from(content.mark + bare.text));
      if (backup !== null && (isUntouched || wasNone)) removeFile(backupOf(file));
    },
  };
}
