/** What a hook tells the program that ran it; nothing is the usual answer, and lets everything go on. */
export interface HookAnswer {
  /** The tool call does not happen, for this reason, which the model reads. */
  readonly deny: string | null;
  /** The session is asked to stop, for this reason, which the user reads. */
  readonly stop: string | null;
  /** What the model is told beside. */
  readonly context: string | null;
  /** The tool's input in the place of what the model gave. */
  readonly input: Readonly<Record<string, unknown>> | null;
  /** What the user is told. */
  readonly note: string | null;
}

export const GO_ON: HookAnswer = { deny: null, stop: null, context: null, input: null, note: null };
