/**
 * slots.yaml as a document, and the configuration beside it: read again only if they changed, before and under the lock; made
 * if there is none yet; and where that is allowed, replaced by the last good revision if they are damaged.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_SETTINGS, type Settings } from '../core/settings/settings.ts';
import { EXIT, ExpectedError, messageOf } from '../errors.ts';
import type { FileMark, FileText, KnownText } from '../files/text-file.ts';
import { isCertainlyUnchanged, readText } from '../files/text-file.ts';
import { ConfigFile, readConfig } from './config/config-file.ts';
import { isBadFile, readBackup, refuseCutOff, refuseNewer, withRemedy } from './damage.ts';
import { parseSlots, type SlotsDocument } from './document/slots-document.ts';
import { commitText } from './lock/commit.ts';
import { lockState } from './lock/lock-state.ts';
import type { FileStoreOptions } from './store-options.ts';
import { inSharedState } from './trust.ts';

export const SLOTS_FILE = 'slots.yaml';

/** Time for an editor's save in place. */
const SAVING_MS = 15;
const SAVING_TRIES = 3;

interface MissingState {
  readonly document: SlotsDocument;
  readonly settings: Settings;
}

export interface Loaded {
  readonly file: FileText;
  readonly document: SlotsDocument;
}

export class StateFile {
  readonly path: string;
  readonly #options: FileStoreOptions;
  readonly #config: ConfigFile;
  #document: SlotsDocument | null = null;
  /** Text of the document, as read or written. */
  #text: KnownText | null = null;
  /** Mark of the file at the last full read; our own commit makes another file. */
  #mark: FileMark | null = null;
  /** The last text that could not be read, so that its damage is not looked for again. */
  #damage: { readonly text: string; readonly error: unknown } | null = null;
  /** The state that readers see while there is none. */
  #missing: MissingState | null = null;
  /** True if no other user can have written the file. */
  isTrusted = true;
  /** Reports damage, where reads may use the last good revision in its place; null where they may not. */
  #onDamage: ((text: string) => void) | null = null;

  constructor(options: FileStoreOptions) {
    this.path = join(options.dir, SLOTS_FILE);
    this.#options = options;
    this.#config = new ConfigFile(options.dir);
  }

  actOnLastGood(onDamage: (text: string) => void): void {
    this.#onDamage = onDamage;
  }

  async settings(): Promise<Settings> {
    try {
      return await this.soundSettings();
    } catch (error) {
      if (this.#onDamage === null) throw error;
      this.#onDamage(`${messageOf(error)}; the defaults count`);
      return DEFAULT_SETTINGS;
    }
  }

  /** The configuration in force; throws where it is damaged, whatever `actOnLastGood` allows. */
  async soundSettings(): Promise<Settings> {
    const settings = this.#missing?.settings ?? (await this.#config.settings());
    return this.isTrusted ? settings : inSharedState(settings);
  }

  /** For readers without the lock: reads again only if the file may have changed. */
  async look(): Promise<SlotsDocument> {
    if (this.#document !== null && isCertainlyUnchanged(this.path, this.#mark)) return this.#document;
    if (this.#document === null && !existsSync(this.path) && !existsSync(`${this.path}.bak`))
      return (await this.#asNew()).document;
    try {
      const { file, document } = await this.#load(SAVING_TRIES, false);
      this.#mark = file.mark;
      return document;
    } catch (error) {
      const backup = this.#onDamage === null ? null : await readBackup(this.path);
      if (backup === null) throw error;
      this.isTrusted = false;
      this.#onDamage?.(`${messageOf(error)}; its last good revision counts (slots.yaml.bak)`);
      return backup;
    }
  }

  /** The state that the first change would make; nothing is written. */
  async #asNew(): Promise<MissingState> {
    if (this.#missing === null) {
      const { slots, config } = await this.#options.textsOfNew();
      const hasConfig = existsSync(this.#config.path);
      this.#missing = {
        document: await parseSlots(this.path, slots, null),
        settings: hasConfig ? await this.#config.settings() : (await readConfig(this.#config.path, config)).settings,
      };
    }
    return this.#missing;
  }

  /** The file as it is now. Under the lock, which the caller then holds, a state that another user spoiled is not mended. */
  load(isLocked = false): Promise<Loaded> {
    return this.#load(SAVING_TRIES, isLocked);
  }

  /** An editor may be half-way through saving in place, so damage counts only if it lasts. */
  async #load(triesLeft: number, isLocked: boolean): Promise<Loaded> {
    try {
      return await this.#loadOnce();
    } catch (error) {
      if (triesLeft > 0 && isBadFile(error)) await new Promise((resolve) => setTimeout(resolve, SAVING_MS));
      else if (triesLeft < 0 || isLocked || !(await this.#mend(error))) throw await withRemedy(this.path, error);
      // After a mend one more look, whose error counts.
      return this.#load(isBadFile(error) && triesLeft > 0 ? triesLeft - 1 : -1, isLocked);
    }
  }

  /** True if another look at the state is worth it, because another user had spoiled it. */
  async #mend(error: unknown): Promise<boolean> {
    const settings = await this.#config.settings();
    const { mend } = await import('./mend.ts');
    return mend(this.path, error, settings.lockTakeoverMs, () => lockState(this.#options, settings));
  }

  async #loadOnce(): Promise<Loaded> {
    let file = readText(this.path, this.#text);
    // A state is created only if it was never seen: one that disappears must not come back empty.
    if (file === null && this.#document === null) {
      await this.#options.create();
      file = readText(this.path);
    }
    if (file === null)
      throw new ExpectedError('no-state', `${this.path} does not exist`, {
        hint: 'make a new one: resource-manager init',
        exit: EXIT.noSuchThing,
      });
    this.#missing = null;
    this.isTrusted = file.mark.isTrusted;
    if (this.#damage?.text === file.text) throw this.#damage.error;
    if (this.#document === null || this.#text?.text !== file.text) {
      this.#document = await this.#parsed(file);
      this.#text = file;
    }
    return { file, document: this.#document };
  }

  async #parsed({ text, mark }: FileText): Promise<SlotsDocument> {
    try {
      const document = await parseSlots(this.path, text, this.#document);
      refuseCutOff(document);
      if (!mark.isTrusted) await refuseNewer(document);
      return document;
    } catch (error) {
      this.#damage = { text, error };
      throw error;
    }
  }

  /** Replaces the file by this document, durably. `like` is the mark of the file under the lock. Throws as `commitText`. */
  commit(document: SlotsDocument, like: FileMark, lockFolder: string): void {
    this.#text = commitText(this.path, document.text, like, lockFolder);
    this.#document = document;
  }
}
