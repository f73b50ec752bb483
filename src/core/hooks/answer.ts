/** The answer of a hook to the agent program. The empty answer lets the call go on. */
export interface HookAnswer {
  /** Denies the tool call; the model reads this reason. */
  readonly deny: string | null;
  /** Asks the session to stop; the user reads this reason. */
  readonly stop: string | null;
  /** A text for the model. */
  readonly context: string | null;
  /** Replaces the tool's input from the model. */
  readonly input: Readonly<Record<string, unknown>> | null;
  /** A text for the user. */
  readonly note: string | null;
}

export const GO_ON: HookAnswer = { deny: null, stop: null, context: null, input: null, note: null };
