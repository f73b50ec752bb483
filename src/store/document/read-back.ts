/**
 * Reads what a commit changes as the next command would, before it is written: whatever came in, by words, environment,
 * files or events, no commit leaves a state that commands refuse to read.
 */
import { ShapeError } from '../../core/shape.ts';
import { EXIT, ExpectedError } from '../../errors.ts';
import { readLines } from './lists.ts';
import { parsePlainYaml } from './plain-yaml.ts';
import { parseSlots } from './slots-document.ts';
import { readStated } from './slots-schema.ts';
import type { Scalar } from './splice.ts';
import { readYaml } from './yaml-library.ts';

/** The refusal of a commit, with exit code 64: the reason is in what came in, and the file is as it was. */
export const unsound = (path: string, why: string, cause?: unknown): ExpectedError =>
  new ExpectedError('unsound-state', `refused to write ${path}: ${why}`, {
    hint: 'nothing was changed; correct what was given, in words, environment, file or event; else please report this',
    exit: EXIT.usage,
    cause,
  });

const valueIn = async (path: string, key: string, text: string): Promise<unknown> =>
  (parsePlainYaml(text) ?? (await readYaml(path, text)))[key];

/** True if the section, read alone, is a map with these values. */
export async function holds(
  path: string,
  key: string,
  text: string,
  wanted: ReadonlyMap<string, Scalar>,
): Promise<boolean> {
  const value = (await valueIn(path, key, text).catch(() => null)) as Readonly<Record<string, unknown>> | null;
  return value !== null && typeof value === 'object' && [...wanted].every(([name, scalar]) => value[name] === scalar);
}

async function refusing(path: string, read: () => Promise<void>): Promise<void> {
  try {
    await read();
  } catch (error) {
    if (!(error instanceof ShapeError || error instanceof ExpectedError)) throw error;
    throw unsound(path, `no command could read it again (${error.message})`, error);
  }
}

/** Throws ExpectedError 64 if a section, or a line written into a list, could not be read again. */
export async function readBack(
  path: string,
  sections: ReadonlyMap<string, string>,
  lists: readonly { readonly key: string; readonly written: readonly string[] }[],
): Promise<void> {
  await refusing(path, async () => {
    const values: Record<string, unknown> = {};
    for (const [key, text] of sections) values[key] = await valueIn(path, key, text);
    readStated(values);
    for (const { key, written } of lists) await readLines(path, key, written);
  });
}

/** For a file in another layout, where a change in one place can spoil another: reads the whole text. True if it is in our layout now. */
export async function readWhole(path: string, text: string): Promise<boolean> {
  let isOwn = false;
  await refusing(path, async () => {
    isOwn = (await parseSlots(path, text, null)).isOwn;
  });
  return isOwn;
}
