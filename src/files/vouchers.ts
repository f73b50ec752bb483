/** The vouchers of this user, one file for each, in the folder that no other user may write to. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Applied, voucherChanges } from '../core/trust/statements.ts';
import { FULL_TRUST, type Trust, trustOf, type Vouchers } from '../core/trust/trust.ts';
import { keyOfVoucher, type Voucher, voucherIn, voucherText } from '../core/trust/voucher.ts';
import { orElse } from '../errors.ts';
import { replaceFile } from './atomic.ts';
import { makeFolder } from './folder.ts';
import { eachUserFolder, ownFolder } from './own-folder.ts';
import { readRegular } from './regular-file.ts';
import { discard } from './sweep.ts';
import { isShared } from './trust.ts';

const FOLDER = 'leases';
const SUFFIX = '.json';
const MOST_BYTES = 64 << 10;
/** Everybody may see which processes a user vouches for. */
const MODES = { folder: 0o755, file: 0o644 };

const read = (path: string): Voucher | null =>
  orElse(() => voucherIn(readRegular(path, { mostBytes: MOST_BYTES, isLinkRefused: true }).toString('utf8')), null);

/**
 * Writes what these commands state about this user's processes, before their commit. The returned function removes what
 * is over after it. Throws system errors if this user has no folder or it cannot be written.
 */
export function writeVouchers(dir: string, applied: readonly Applied[]): () => void {
  const own = ownFolder(dir);
  if (own === null) return () => {};
  const folder = join(own, FOLDER);
  const pathOf = (key: string): string => join(folder, `${key}${SUFFIX}`);
  const { written, over } = voucherChanges(applied, (key) => read(pathOf(key)));
  if (written.length > 0) makeFolder(folder, MODES.folder);
  for (const voucher of written)
    replaceFile(pathOf(keyOfVoucher(voucher) ?? ''), Buffer.from(voucherText(voucher)), { mode: MODES.file });
  return () => {
    for (const key of over) discard(pathOf(key));
  };
}

/** All vouchers in a user's folder, by name. */
function vouchersIn(own: string): Vouchers {
  const folder = join(own, FOLDER);
  const names = orElse(() => readdirSync(folder), []).filter((name) => name.endsWith(SUFFIX));
  return new Map(
    names.flatMap((name): [string, Voucher][] => {
      const voucher = read(join(folder, name));
      const key = voucher === null ? null : keyOfVoucher(voucher);
      return voucher === null || `${key}${SUFFIX}` !== name ? [] : [[key as string, voucher]];
    }),
  );
}

/** The vouchers of each user; a user may have several folders. */
function vouchersOfAll(dir: string): ReadonlyMap<number, Vouchers> {
  const all = new Map<number, Vouchers>();
  eachUserFolder(dir, ({ uid, folder }) => all.set(uid, new Map([...(all.get(uid) ?? []), ...vouchersIn(folder)])));
  return all;
}

/** The trust of this user in the state. Throws system errors if a shared state has a folder of this user that cannot be read. */
export function readTrust(dir: string): Trust {
  if (!isShared(dir)) return FULL_TRUST;
  const own = ownFolder(dir, false);
  return trustOf(own === null ? new Map() : vouchersIn(own), () => vouchersOfAll(dir));
}
