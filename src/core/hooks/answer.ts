/** The answer of a hook to the program that ran it. The usual one is empty and lets everything go on. */
export interface HookAnswer {
  /** The tool call does not happen, for this reason, which the model reads. */
  readonly deny: string | null;
  /** The session is asked to stop, for this reason, which the user reads. */
  readonly stop: string | null;
  /** A text for the model. */
  readonly context: string | null;
  /** The tool's input instead of the model's. */
  readonly input: Readonly<Record<string, unknown>> | null;
  /** A text for the user. */
  readonly note: string | null;
}

export const GO_ON: HookAnswer = { deny: null, stop: null, context: null, input: null, note: null };
