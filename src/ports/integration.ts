/** The port to the settings of coding agents: what installing our hooks there, or taking them out, would change. */
import type { AgentName } from '../core/integrate/wanted.ts';
import type { Sizing } from '../core/sizing.ts';

export interface IntegrationPlan {
  /** Anything would be written or removed. */
  readonly isChange: boolean;
  /** Names of what comes in, like `hooks.Stop` or `skills/resource-kill`. */
  readonly added: readonly string[];
  /** Names of what goes; what is replaced is named in both. */
  readonly removed: readonly string[];
  /** What the user should know, one sentence each. */
  readonly notes: readonly string[];
  /**
   * Where the file as it was before us is kept, empty when there was none: to be written by an install, put back or left
   * by an uninstall. Null when there is none.
   */
  readonly backup: string | null;
  /** The change of the settings file as a unified diff; empty where there is none. */
  readonly difference: string;
  /** Changes of whole files beside it, in words. */
  readonly steps: readonly string[];
  /** Carries all of it out. Throws ExpectedError (73, 74, 75, 77). */
  apply(): void;
}

/** The settings of one agent, of the user or of a project. Planning throws ExpectedError 65 for a file that is not plain JSON. */
export interface Integration {
  readonly file: string;
  /** What a new state on this machine would be sized to. */
  sizing(): Sizing;
  install(pool: Sizing): IntegrationPlan;
  uninstall(pool: Sizing): IntegrationPlan;
}

export interface IntegrationChoice {
  readonly agent: AgentName;
  /** In the project of the working folder instead of the user's own settings. */
  readonly isProject: boolean;
}

export type OpenIntegration = { openIntegration(choice: IntegrationChoice): Promise<Integration> };
