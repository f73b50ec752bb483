/** `audit:` and `claude:` of config.yaml. */

/** Folders, absolute, with the project that is worked on below each. */
export type ProjectFolders = ReadonlyMap<string, string>;

/** What follows when an agent reported something else than its transcripts say. */
export const CONSEQUENCES = ['warn', 'correct', 'stop'] as const;
export type Consequence = (typeof CONSEQUENCES)[number];

export interface AuditSettings {
  /** A difference counts when it is more than this part of what was seen, and more than so many tokens. */
  readonly tolerancePercent: number;
  readonly toleranceTokens: number;
  readonly onMismatch: Consequence;
}

export interface ClaudeSettings {
  readonly projects: ProjectFolders;
  /** The monitor counts what transcripts say. */
  readonly watch: boolean;
  /** The monitor ends what sessions that are gone have left behind. */
  readonly reapOrphans: boolean;
}

export const DEFAULT_AUDIT: AuditSettings = { tolerancePercent: 5, toleranceTokens: 2000, onMismatch: 'warn' };
export const DEFAULT_CLAUDE: ClaudeSettings = { projects: new Map(), watch: false, reapOrphans: false };
