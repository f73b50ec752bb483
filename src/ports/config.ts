/** The port to the settings in config.yaml. */
import type { ConfigEntry } from '../core/settings/keys.ts';

export interface ConfigStore {
  /** Every setting, the nested ones too. */
  list(): Promise<readonly ConfigEntry[]>;
  /** One setting, or a map of those below the key. Throws ExpectedError 64 for a key that there is not. */
  get(key: string): Promise<Pick<ConfigEntry, 'value' | 'origin'>>;
  /** Sets one key; `value` is what the user typed. Returns the value as understood. */
  set(key: string, value: string): Promise<unknown>;
  /** Keys that do not count, because another user can have written them. */
  ignored(): Promise<readonly string[]>;
  readonly path: string;
}

export type OpenConfig = { openConfig(): Promise<ConfigStore> };
