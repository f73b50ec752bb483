/** Answers of hooks in the format of agent programs. */

import type { HookAnswer } from '../core/hooks/answer.ts';
import type { HookName } from '../core/hooks/event.ts';

/** Characters per text, a limit of Claude Code; only long names chosen by users can reach it. */
const LONGEST = 4_000;

const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);

/** The answer as JSON; null for an empty answer. */
export function hookJson(name: HookName, { deny, stop, context, input, note }: HookAnswer): object | null {
  const specific = {
    ...(deny === null ? {} : { permissionDecision: 'deny', permissionDecisionReason: cut(deny) }),
    // The program ignores a changed input without a decision.
    ...(deny !== null || input === null ? {} : { permissionDecision: 'allow', updatedInput: input }),
    ...(context === null ? {} : { additionalContext: cut(context) }),
  };
  const answer = {
    ...(stop === null ? {} : { continue: false, stopReason: cut(stop) }),
    ...(note === null ? {} : { systemMessage: cut(note) }),
    ...(Object.keys(specific).length === 0 ? {} : { hookSpecificOutput: { hookEventName: name, ...specific } }),
  };
  return Object.keys(answer).length === 0 ? null : answer;
}

/** Message for a failure of the hook itself; `isAllowed` is null for events that decide nothing. */
export function brokenText(message: string, isAllowed: boolean | null): string {
  const follows = {
    true: 'the call is allowed (hooks.on_error: allow)',
    false: 'the call is denied (hooks.on_error: deny)',
    null: 'no call is affected',
  };
  return `resource-manager: ${message}; ${follows[`${isAllowed}`]}`;
}
