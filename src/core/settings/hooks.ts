/** `hooks:` of config.yaml: what happens where agents ask through their hooks. */

export const ON_ERROR = ['allow', 'deny'] as const;
export type OnError = (typeof ON_ERROR)[number];

export interface HookSettings {
  /** How long a spawn waits for its slot before it is denied. */
  readonly waitMs: number;
  /** What a tool call gets where we ourselves are broken. */
  readonly onError: OnError;
  /** An agent of which nothing was seen or heard for so long, and no tool of which lives, is taken for over. */
  readonly silenceMs: number;
  /** The model that a degraded agent's own agents get; null leaves what was asked for. */
  readonly degradeModel: string | null;
}

export const DEFAULT_HOOKS: HookSettings = {
  waitMs: 20_000,
  onError: 'allow',
  silenceMs: 15 * 60_000,
  degradeModel: null,
};

/** With the pause before it this is less than the hook's own time limit (core/integrate/hook-table.ts): none is cut off. */
export const LONGEST_WAIT_MS = 5 * 60_000;
/** Below the time after which a provider forgets its cache. */
export const LONGEST_PAUSE_MS = 290_000;
