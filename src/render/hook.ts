/** What hooks answer, as agent programs read it. */

import type { HookAnswer } from '../core/hooks/answer.ts';
import type { HookName } from '../core/hooks/event.ts';

/** Injected texts are cut there by Claude Code; ours are far shorter, but for names that others chose. */
const LONGEST = 4_000;

const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);

/** The answer as the program reads it; null when there is nothing to say. */
export function hookJson(name: HookName, { deny, stop, context, input, note }: HookAnswer): object | null {
  const specific = {
    ...(deny === null ? {} : { permissionDecision: 'deny', permissionDecisionReason: cut(deny) }),
    // Another input only counts together with a decision.
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

/** Where we ourselves are broken; `isAllowed` is null where there is nothing to allow or deny. */
export function brokenText(message: string, isAllowed: boolean | null): string {
  const follows = {
    true: 'the call is allowed (hooks.on_error: allow)',
    false: 'the call is denied (hooks.on_error: deny)',
    null: 'no call is affected',
  };
  return `resource-manager: ${message}; ${follows[`${isAllowed}`]}`;
}
