/** The port to the settings in config.yaml. */
import type { ConfigEntry } from '../core/settings/keys.ts';

export interface ConfigStore {
  /** Every setting, including nested ones. */
  list(): Promise<readonly ConfigEntry[]>;
  /** One setting, or a map of the settings below the key. Throws ExpectedError 64 for an unknown key. */
  get(key: string): Promise<Pick<ConfigEntry, 'value' | 'origin'>>;
  /** Sets one key; `value` is the typed text. Returns the parsed value. */
  set(key: string, value: string): Promise<unknown>;
  /** Keys that are ignored because another user may have written them, and keys that are no setting. */
  notInForce(): Promise<{ readonly ignored: readonly string[]; readonly unknown: readonly string[] }>;
  readonly path: string;
  /** Folder of the state. */
  readonly dir: string;
}

export type OpenConfig = { openConfig(): Promise<ConfigStore> };
