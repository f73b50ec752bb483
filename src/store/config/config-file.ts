/** config.yaml: read with its text as cache key, changed through the document model so that comments survive. */
import { join } from 'node:path';
import { projectKey } from '../../core/model/ids.ts';
import { nearest } from '../../core/nearest.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { DEFAULT_SETTINGS } from '../../core/settings/settings.ts';
import { EXIT, ExpectedError } from '../../errors.ts';
import { Superseded } from '../../files/lock-contender.ts';
import type { FileMark } from '../../files/text-file.ts';
import { isUnchanged, readText, stillStands } from '../../files/text-file.ts';
import type { ConfigEntry, ConfigStore } from '../../ports/context.ts';
import { parsePlainYaml } from '../document/plain-yaml.ts';
import { splitSections } from '../document/sections.ts';
import { ShapeError } from '../document/shape.ts';
import { type Scalar, spliceScalar } from '../document/splice.ts';
import { damaged, editMap, locate, readYaml } from '../document/yaml-library.ts';
import { commitText } from '../lock/commit.ts';
import type { HeldLock } from '../lock/lock.ts';
import { distrusted } from '../trust.ts';
import { CONFIG_DEFAULTS, readSettings } from './config-schema.ts';

export class ConfigFile {
  readonly path: string;
  #text: string | null = null;
  #mark: FileMark | null = null;
  #settings: Settings = DEFAULT_SETTINGS;

  constructor(dir: string) {
    this.path = join(dir, 'config.yaml');
  }

  /** The settings in force; throws ExpectedError 65 with line and column when the file is damaged. */
  async settings(): Promise<Settings> {
    if (stillStands(this.path, this.#mark)) return this.#settings;
    const file = readText(this.path);
    const text = file?.text ?? null;
    const isTrusted = file?.mark.isTrusted ?? true;
    if (text !== null && text === this.#text && isTrusted === this.#mark?.isTrusted) {
      this.#mark = file?.mark ?? null;
      return this.#settings;
    }
    const settings = text === null ? DEFAULT_SETTINGS : await settingsIn(this.path, text);
    this.#settings = isTrusted ? settings : distrusted(settings);
    this.#text = text;
    this.#mark = file?.mark ?? null;
    return this.#settings;
  }
}

const isBlank = (text: string): boolean => /^(?:\s*(?:#.*)?(?:\n|$))*$/.test(text);

async function valuesIn(path: string, text: string): Promise<Record<string, unknown>> {
  return isBlank(text) ? {} : (parsePlainYaml(text) ?? (await readYaml(path, text)));
}

async function settingsIn(path: string, text: string): Promise<Settings> {
  try {
    return readSettings(await valuesIn(path, text));
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw damaged(path, await locate(path, text, error.path), error.message, error);
  }
}

const KEYS = Object.keys(CONFIG_DEFAULTS);

function checkKey(key: string): string[] {
  const parts = key.split('.');
  if (parts.every((part) => part !== '' && part !== '__proto__') && KEYS.includes(parts[0] as string)) return parts;
  const meant = nearest(parts[0] as string, KEYS);
  throw new ExpectedError('no-such-key', `config has no key ${key}`, {
    hint:
      parts[0] === 'max_slots'
        ? 'the size of the pool is set with: set-max N'
        : meant
          ? `did you mean ${meant}?`
          : `keys: ${KEYS.join(', ')}`,
    exit: EXIT.usage,
  });
}

/** What a user typed, as YAML would read it: numbers, durations, null, flow maps. */
function typedValue(text: string): unknown {
  return parsePlainYaml(`value: ${text}\n`)?.value ?? (/^(?:null|~)$/.test(text) ? null : text);
}

const NEW_FILE = { mode: 0o644, uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };

export interface ConfigStoreOptions {
  readonly dir: string;
  readonly takeLock: () => Promise<HeldLock>;
}

export function openConfigStore({ dir, takeLock }: ConfigStoreOptions): ConfigStore {
  const path = join(dir, 'config.yaml');
  return {
    path,
    async list(): Promise<ConfigEntry[]> {
      const text = readText(path)?.text ?? '';
      await settingsIn(path, text);
      const values = await valuesIn(path, text);
      const entry = (key: string): ConfigEntry => {
        const value = values[key] ?? null;
        return value === null
          ? { key, value: CONFIG_DEFAULTS[key] ?? null, origin: 'default' }
          : { key, value, origin: 'file' };
      };
      return [...new Set([...Object.keys(CONFIG_DEFAULTS), ...Object.keys(values)])].map(entry);
    },
    ignored: async () => (await new ConfigFile(dir).settings()).ignored,
    async set(key, typed) {
      const parts = checkKey(key);
      const value = typedValue(typed);
      for (;;) {
        const lock = await takeLock();
        try {
          const file = readText(path);
          const text = await edited(path, file?.text ?? '', parts, value, typed);
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

/** The text with the value set; refused with 64 when the result would not be a configuration. */
async function edited(
  path: string,
  text: string,
  parts: readonly string[],
  value: unknown,
  typed: string,
): Promise<string> {
  const at = asSpelled(await settingsIn(path, text), parts);
  const next =
    spliceTopLevel(text, at, value) ??
    (await editMap(path, isBlank(text) ? `${text}{}\n` : text, new Map([[at, value as object]])));
  try {
    readSettings(await readYaml(path, next));
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw new ExpectedError('bad-value', `cannot set ${parts.join('.')} to ${typed}: ${error.message}`, {
      hint: 'the configuration was not changed',
      exit: EXIT.usage,
    });
  }
  return next;
}

/** The key with its project, if it has one, in the spelling that already stands in the file. */
function asSpelled({ namedProjects }: Settings, parts: readonly string[]): readonly string[] {
  const [section = '', project, ...rest] = parts;
  if (project === undefined || (section !== 'projects' && section !== 'project_priorities')) return parts;
  return [section, namedProjects.find((name) => projectKey(name) === projectKey(project)) ?? project, ...rest];
}

/** A scalar that stands on a line of its own is changed in place, so that not even the spacing of comments moves. */
function spliceTopLevel(text: string, parts: readonly string[], value: unknown): string | null {
  const [key] = parts;
  const sections = splitSections(text);
  const section = sections?.find((candidate) => candidate.key === key);
  if (parts.length > 1 || !sections || !section || (value !== null && typeof value === 'object')) return null;
  const changed = spliceScalar(section.text, key as string, value as Scalar);
  return changed && sections.map((candidate) => (candidate === section ? changed : candidate.text)).join('');
}
