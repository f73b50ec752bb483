/** Prices that a person keeps, in prices.json beside slots.yaml. */
import { closeSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ShapeError } from '../core/shape.ts';
import { type ReadPrices, readPrices, tableJson } from '../core/usage/price-file.ts';
import type { KeptPrices } from '../core/usage/pricing.ts';
import { EXIT, ExpectedError, errnoOf, orSystemError, systemError } from '../errors.ts';
import { replaceFile } from '../files/atomic.ts';
import { MOST_BYTES, openRegular, readOpened } from '../files/regular-file.ts';
import { isShared, openInState } from '../files/trust.ts';
import type { Prices } from '../ports/prices.ts';

function refused(path: string, why: string, hint: string, cause?: unknown): ExpectedError {
  return new ExpectedError('bad-file', `cannot use the prices in ${path}: ${why}`, { hint, exit: EXIT.badFile, cause });
}

/** The prices in a file that `open` opens; null if it is absent. */
function readFile(path: string, hint: string, open = openRegular): ReadPrices | null {
  try {
    const file = open(path, { mostBytes: MOST_BYTES.text });
    try {
      const text = readOpened(file, MOST_BYTES.text).toString('utf8');
      return readPrices(text, basename(path), file.stat.mtime.toISOString().slice(0, 10));
    } finally {
      closeSync(file.fd);
    }
  } catch (error) {
    if (error instanceof ExpectedError) throw error;
    if (error instanceof SyntaxError) throw refused(path, 'it is not JSON', hint, error);
    if (error instanceof ShapeError) throw refused(path, error.message.replace(/^: /, ''), hint, error);
    if (errnoOf(error) === 'ENOENT') return null;
    throw systemError('read', path, error);
  }
}

export function openPrices(dir: string): Prices {
  const path = join(dir, 'prices.json');
  let [mark, kept]: [string, KeptPrices | null] = ['', null];
  return {
    path,
    kept() {
      const stat = statSync(path, { throwIfNoEntry: false });
      const now = stat === undefined ? '' : `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
      if (now === mark) return kept;
      const hint = `resource-manager prices update --from FILE writes it anew; without it, the program's hold`;
      try {
        kept = readFile(path, hint, openInState);
      } catch (error) {
        // Another user can have put an unusable file there; the other prices still count.
        if (!isShared(dir)) throw error;
        kept = null;
      }
      mark = now;
      return kept;
    },
    read(file) {
      const found = readFile(
        file,
        'expected the answer of resource-manager prices --json, or the model prices of LiteLLM',
      );
      if (found !== null) return found;
      throw new ExpectedError('no-such-file', `there is no file ${file}`, {
        hint: 'name a file with prices: --from FILE',
        exit: EXIT.noSuchThing,
      });
    },
    keep({ asOf, source, table }) {
      const file = { as_of: asOf, source, models: tableJson(table) };
      const bytes = Buffer.from(`${JSON.stringify(file)}\n`);
      orSystemError('write', path, () => replaceFile(path, bytes, { isDurable: true }));
    },
  };
}
