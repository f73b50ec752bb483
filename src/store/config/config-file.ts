/** config.yaml as every command reads it, cached by its text. */
import { dirname, join } from 'node:path';
import { DEFAULT_SETTINGS, readSettings, type Settings } from '../../core/settings/settings.ts';
import { type RawMap, ShapeError } from '../../core/shape.ts';
import { type FileMark, type FileText, isCertainlyUnchanged, readText } from '../../files/text-file.ts';
import { isShared } from '../../files/trust.ts';
import { formOf } from '../document/file-form.ts';
import { parsePlainYaml } from '../document/plain-yaml.ts';
import { damaged, locate, readYaml } from '../document/yaml-library.ts';

export class ConfigFile {
  readonly path: string;
  #text: string | null = null;
  #mark: FileMark | null = null;
  #settings: Settings = DEFAULT_SETTINGS;

  constructor(dir: string) {
    this.path = join(dir, 'config.yaml');
  }

  /**
   * The present settings; throws ExpectedError 65 with line and column if the file is damaged. In a shared folder a file that
   * another user can have put there and that cannot be used is as good as none.
   */
  async settings(): Promise<Settings> {
    if (isCertainlyUnchanged(this.path, this.#mark)) return this.#settings;
    let file: FileText | null = null;
    try {
      file = readText(this.path);
      const text = file?.text ?? null;
      const isTrusted = file?.mark.isTrusted ?? true;
      if (text === null || text !== this.#text || isTrusted !== this.#mark?.isTrusted)
        this.#settings = text === null ? DEFAULT_SETTINGS : await this.#settingsIn(text, isTrusted);
    } catch (error) {
      if (file?.mark.isTrusted === true || !isShared(dirname(this.path))) throw error;
      this.#settings = { ...DEFAULT_SETTINGS, ignored: ['everything'] };
    }
    this.#text = file?.text ?? null;
    this.#mark = file?.mark ?? null;
    return this.#settings;
  }

  async #settingsIn(text: string, isTrusted: boolean): Promise<Settings> {
    const { values, settings } = await readConfig(this.path, text);
    return isTrusted ? settings : (await import('../trust.ts')).distrusted(values);
  }
}

export const isBlank = (text: string): boolean => /^(?:\s*(?:#.*)?(?:\n|$))*$/.test(text);

/** Values and settings of the text; throws ExpectedError 65 with line and column. */
export async function readConfig(
  path: string,
  text: string,
): Promise<{ readonly values: RawMap; readonly settings: Settings }> {
  const { plain } = formOf(text);
  const values = isBlank(plain) ? {} : (parsePlainYaml(plain) ?? (await readYaml(path, plain)));
  try {
    return { values, settings: readSettings(values) };
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw damaged(path, await locate(path, plain, error.path), error.message, error);
  }
}
