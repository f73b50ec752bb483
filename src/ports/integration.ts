/** The port to the settings of coding agents: plans to install our hooks or to remove them. */
import type { AgentName } from '../core/integrate/wanted.ts';
import type { Sizing } from '../core/sizing.ts';

export interface IntegrationPlan {
  /** True if anything would be written or removed. */
  readonly isChange: boolean;
  /** Names of added entries, like `hooks.Stop` or `skills/resource-kill`. */
  readonly added: readonly string[];
  /** Names of removed entries; a replaced entry is named in both. */
  readonly removed: readonly string[];
  /** Notes for the user, one sentence each. */
  readonly notes: readonly string[];
  /**
   * Path of the copy of the original file, which is empty if there was none: an install writes it, an uninstall restores it
   * or leaves it. Null without a copy.
   */
  readonly backup: string | null;
  /** The change of the settings file as a unified diff; empty without a change. */
  readonly difference: string;
  /** Changes of whole files beside it, in words. */
  readonly steps: readonly string[];
  /** Carries out the plan. Throws ExpectedError (73, 74, 75, 77). */
  apply(): void;
}

/** The settings of one coding agent. Planning throws ExpectedError 65 for a file that is not plain JSON. */
export interface Integration {
  readonly file: string;
  /** The size of a new state on this machine. */
  sizing(): Sizing;
  install(pool: Sizing): IntegrationPlan;
  uninstall(pool: Sizing): IntegrationPlan;
}

export interface IntegrationChoice {
  readonly agent: AgentName;
  /** True for the settings of the project in the working folder, false for the user's own. */
  readonly isProject: boolean;
}

export type OpenIntegration = { openIntegration(choice: IntegrationChoice): Promise<Integration> };
