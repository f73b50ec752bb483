/** Removes our settings from a settings file and leaves everything else byte for byte. */
import { type Edit, edited, removals } from './edits.ts';
import type { JsonMember, JsonNode, ReadJson, TextRange } from './json-node.ts';
import { holds, memberOf, stringOf } from './json-node.ts';
import { isOurHook, isOurLine } from './launch.ts';
import type { Wanted } from './wanted.ts';

export interface Unmerged {
  readonly text: string;
  /** Names of the removed settings, like `hooks.Stop`. */
  readonly removed: readonly string[];
}

const isOurHandler = (handler: JsonNode): boolean => isOurHook(stringOf(memberOf(handler, 'command')) ?? '');

const handlersOf = (group: JsonNode): readonly JsonNode[] => memberOf(group, 'hooks')?.elements ?? [];

/** Whether a matcher group has one handler only, and it is ours. */
export const isOurGroup = (group: JsonNode): boolean =>
  handlersOf(group).length === 1 && handlersOf(group).every(isOurHandler);

export const isOurStatusLine = (node: JsonNode): boolean => isOurLine(stringOf(memberOf(node, 'command')) ?? '');

/** Selects which of our settings are removed. */
interface Choice {
  /** Called for every group that has a handler of ours; its other handlers stay. */
  isGroupGone(event: string, group: JsonNode): boolean;
  isVariableGone(key: string, value: JsonNode): boolean;
  /** Called for every status line that is ours. */
  isLineGone(key: string): boolean;
}

/** Removes the chosen settings, and lists and objects that become empty; those that were empty before stay. */
export function withoutOurs(text: string, root: JsonNode, choice: Choice): Unmerged {
  const edits: Edit[] = [];
  const removed: string[] = [];
  /** Returns true if nothing of the container is left, so that its owner removes it as a whole. */
  const remove = (container: JsonNode, children: readonly TextRange[], gone: ReadonlySet<TextRange>): boolean => {
    if (gone.size === 0) return false;
    if (gone.size === children.length) return true;
    edits.push(...removals(container, gone));
    return false;
  };

  const isGroupEmptied = (event: string, group: JsonNode): boolean => {
    const handlers = memberOf(group, 'hooks');
    const own = new Set(handlersOf(group).filter(isOurHandler));
    if (handlers === undefined || own.size === 0 || !choice.isGroupGone(event, group)) return false;
    if (!removed.includes(`hooks.${event}`)) removed.push(`hooks.${event}`);
    return remove(handlers, handlers.elements, own);
  };
  const isHooksEmptied = (hooks: JsonNode): boolean => {
    const isEventEmptied = ({ key, value }: JsonMember): boolean =>
      remove(value, value.elements, new Set(value.elements.filter((group) => isGroupEmptied(key, group))));
    return remove(hooks, hooks.members, new Set(hooks.members.filter(isEventEmptied)));
  };
  const isEnvEmptied = (env: JsonNode): boolean => {
    const own = env.members.filter(({ key, value }) => choice.isVariableGone(key, value));
    removed.push(...own.map(({ key }) => `env.${key}`));
    return remove(env, env.members, new Set(own));
  };
  const gone = root.members.filter(({ key, value }) => {
    if (key === 'hooks') return isHooksEmptied(value);
    if (key === 'env') return isEnvEmptied(value);
    if ((key !== 'statusLine' && key !== 'subagentStatusLine') || !isOurStatusLine(value)) return false;
    if (!choice.isLineGone(key)) return false;
    removed.push(key);
    return true;
  });
  if (gone.length > 0) edits.push(...removals(root, new Set(gone)));
  return { text: edited(text, edits), removed };
}

/**
 * Removes all our settings. A variable is ours if `before`, the file before our first change, lacks it, or, if `before` is
 * unknown, if the variable has the value that we would give it.
 */
export function unmerge(text: string, read: ReadJson, wanted: Wanted, before: JsonNode | null): Unmerged {
  return withoutOurs(text, read(text), {
    isGroupGone: () => true,
    isVariableGone(key, value) {
      const ours = wanted.env[key];
      if (ours === undefined) return false;
      return before === null ? holds(value, ours) : memberOf(memberOf(before, 'env'), key) === undefined;
    },
    isLineGone: () => true,
  });
}
