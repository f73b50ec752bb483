/** Shows and changes config.yaml key by key, through the document model, so that comments survive. */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { projectKey } from '../../core/model/ids.ts';
import { entriesOf, hintFor, placeOf, typedFor, valueIn } from '../../core/settings/keys.ts';
import { readSettings, type Settings } from '../../core/settings/settings.ts';
import { ShapeError } from '../../core/shape.ts';
import { EXIT, ExpectedError, errnoOf, systemError } from '../../errors.ts';
import { Superseded } from '../../files/lock-contender.ts';
import { isUnchanged, readText } from '../../files/text-file.ts';
import { isShared } from '../../files/trust.ts';
import type { ConfigStore } from '../../ports/config.ts';
import { formOf, inForm } from '../document/file-form.ts';
import { parsePlainYaml } from '../document/plain-yaml.ts';
import { splitSections } from '../document/sections.ts';
import { type Scalar, spliceScalar } from '../document/splice.ts';
import { editMap, readYaml } from '../document/yaml-library.ts';
import { commitText } from '../lock/commit.ts';
import type { HeldLock } from '../lock/lock.ts';
import { ConfigFile, isBlank, readConfig } from './config-file.ts';

const noSuchKey = (key: string): ExpectedError =>
  new ExpectedError('no-such-key', `config has no key ${key}`, { hint: hintFor(key), exit: EXIT.usage });

/** Typed value, read like YAML: numbers, durations, null, flow maps. */
async function typedValue(path: string, text: string): Promise<unknown> {
  if (/^\.\d{1,15}$/.test(text)) return Number(text);
  const line = `value: ${text}\n`;
  const plain = parsePlainYaml(line)?.value;
  if (plain !== undefined) return plain;
  if (/^(?:null|~)$/.test(text)) return null;
  return /^\s*[[{]/.test(text)
    ? readYaml(path, line).then(
        ({ value }) => value,
        () => text,
      )
    : text;
}

const NEW_FILE = { mode: 0o644, uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };

export interface ConfigStoreOptions {
  readonly dir: string;
  readonly takeLock: () => Promise<HeldLock>;
}

export function openConfigStore({ dir, takeLock }: ConfigStoreOptions): ConfigStore {
  const path = join(dir, 'config.yaml');
  const read = () => readConfig(path, readText(path)?.text ?? '');
  return {
    path,
    dir,
    list: async () => entriesOf((await read()).values),
    async get(key) {
      const { values, settings } = await read();
      const place = placeOf(key);
      if (place !== null) return valueIn(values, { ...place, path: asSpelled(settings, place.path) });
      if (!Object.hasOwn(values, key)) throw noSuchKey(key);
      return { value: values[key], origin: 'file' };
    },
    notInForce: async () => new ConfigFile(dir).settings(),
    async set(key, typed) {
      const place = placeOf(key);
      if (place === null) throw noSuchKey(key);
      const value = typedFor(place, typed, await typedValue(path, typed));
      if (isShared(dir)) refuseForeign(path);
      for (;;) {
        const lock = await takeLock();
        try {
          const file = readText(path);
          const text = await edited(path, file?.text ?? '', place.path, value, typed);
          if (!isUnchanged(path, file?.mark ?? null)) continue;
          commitText(path, text, file?.mark ?? NEW_FILE, lock.folder);
          return value;
        } catch (error) {
          if (!(error instanceof Superseded)) throw error;
        } finally {
          lock.release();
        }
      }
    },
  };
}

/** Refuses a file that this user may only read: a rename would replace it by a file of this user all the same. */
function refuseForeign(path: string): void {
  try {
    accessSync(path, constants.W_OK);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return;
    throw systemError(
      'write',
      path,
      error,
      EXIT.ioError,
      'only its owner sets it; in a pool for several users that is root (sudo)',
    );
  }
}

/** Sets the value in the text; throws 64 if the result is not a valid configuration. */
async function edited(
  path: string,
  text: string,
  parts: readonly string[],
  value: unknown,
  typed: string,
): Promise<string> {
  const at = asSpelled((await readConfig(path, text)).settings, parts);
  const { form, plain } = formOf(text);
  const next =
    spliceTopLevel(plain, at, value) ??
    (await editMap(path, isBlank(plain) ? `${plain}{}\n` : plain, new Map([[at, value as object]])));
  try {
    readSettings(await readYaml(path, next));
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw new ExpectedError('bad-value', `cannot set ${parts.join('.')} to ${typed}: ${error.message}`, {
      hint: 'the configuration was not changed',
      exit: EXIT.usage,
    });
  }
  return inForm(next, form);
}

/** The key; a project in it is spelled as in the file. */
function asSpelled({ namedProjects }: Settings, parts: readonly string[]): readonly string[] {
  const [section = '', project, ...rest] = parts;
  if (project === undefined || (section !== 'projects' && section !== 'project_priorities')) return parts;
  return [section, namedProjects.find((name) => projectKey(name) === projectKey(project)) ?? project, ...rest];
}

/** Changes a scalar within its line, so that even the spacing of comments stays. */
function spliceTopLevel(text: string, parts: readonly string[], value: unknown): string | null {
  const [key] = parts;
  const sections = splitSections(text);
  const section = sections?.find((candidate) => candidate.key === key);
  if (parts.length > 1 || !sections || !section || (value !== null && typeof value === 'object')) return null;
  const changed = spliceScalar(section.text, key as string, value as Scalar);
  return changed && sections.map((candidate) => (candidate === section ? changed : candidate.text)).join('');
}
