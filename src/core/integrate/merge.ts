/**
 * Merges our settings into a settings file by editing its text: nothing of the user's is lost, reordered or laid out
 * again, and a file that has everything stays as it is.
 */
import { type Edit, edited } from './edits.ts';
import { holds, type Json, type JsonNode, memberOf, type ReadJson } from './json-node.ts';
import { appended, layoutOf, lineIndent, written } from './layout.ts';
import { isOurGroup, isOurStatusLine, withoutOurs } from './unmerge.ts';
import type { Wanted } from './wanted.ts';

export interface Merged {
  readonly text: string;
  /** Names of new or changed settings, like `hooks.Stop`. */
  readonly added: readonly string[];
  /** Names of our settings that are obsolete or replaced. */
  readonly removed: readonly string[];
  /** Names of settings for which the user's own value stays. */
  readonly kept: readonly string[];
}

/**
 * Adds the wanted settings to `text`; our settings of another version are replaced in place. `before` is the file before
 * our first change, or null if unknown: a variable that it lacks is ours, whatever its value.
 */
export function merge(text: string, read: ReadJson, wanted: Wanted, before: JsonNode | null): Merged {
  const cleared = withoutObsolete(text, read, wanted);
  const root = read(cleared.text);
  const layout = layoutOf(cleared.text, root);
  const edits: Edit[] = [];
  const [added, removed, kept]: [string[], string[], string[]] = [[], [...cleared.removed], []];

  const append = (container: JsonNode, items: readonly (readonly [key: string | null, value: Json])[]): void => {
    if (items.length > 0) edits.push(appended(cleared.text, container, items, layout));
  };
  const replace = (name: string, node: JsonNode, value: Json): void => {
    if (holds(node, value)) return;
    const isOneLine = !cleared.text.slice(node.start, node.end).includes('\n');
    const replacement = written(value, layout, lineIndent(cleared.text, node.start), isOneLine);
    edits.push({ start: node.start, end: node.end, text: replacement });
    added.push(name);
    removed.push(name);
  };
  const newAtRoot: [string, Json][] = [];

  const hooks = memberOf(root, 'hooks');
  const newEvents: [string, Json][] = [];
  for (const [event, group] of Object.entries(wanted.hooks)) {
    const groups = memberOf(hooks, event);
    const own = groups?.elements.find(isOurGroup);
    if (own !== undefined) {
      replace(`hooks.${event}`, own, group);
      continue;
    }
    added.push(`hooks.${event}`);
    if (groups === undefined) newEvents.push([event, [group]]);
    else append(groups, [[null, group]]);
  }
  if (hooks !== undefined) append(hooks, newEvents);
  else if (newEvents.length > 0) newAtRoot.push(['hooks', Object.fromEntries(newEvents)]);

  const env = memberOf(root, 'env');
  const newVariables: [string, string][] = [];
  for (const [key, value] of Object.entries(wanted.env)) {
    const present = memberOf(env, key);
    const name = `env.${key}`;
    if (present === undefined) {
      newVariables.push([key, value]);
      added.push(name);
    } else if (before !== null && memberOf(memberOf(before, 'env'), key) === undefined) replace(name, present, value);
    else if (!holds(present, value)) kept.push(name);
  }
  if (env !== undefined) append(env, newVariables);
  else if (newVariables.length > 0) newAtRoot.push(['env', Object.fromEntries(newVariables)]);

  for (const [key, line] of Object.entries(wanted.lines)) {
    const present = memberOf(root, key);
    if (present === undefined) {
      newAtRoot.push([key, line]);
      added.push(key);
    } else if (isOurStatusLine(present)) replace(key, present, line);
    else kept.push(key);
  }
  append(root, newAtRoot);
  return { text: edited(cleared.text, edits), added, removed, kept };
}

/** Removes our obsolete hooks: those of other events, duplicates, and ours among the user's handlers. */
function withoutObsolete(text: string, read: ReadJson, wanted: Wanted): { text: string; removed: readonly string[] } {
  const first = new Map<string, JsonNode>();
  return withoutOurs(text, read(text), {
    isGroupGone(event, group) {
      if (!isOurGroup(group) || wanted.hooks[event] === undefined) return true;
      if (!first.has(event)) first.set(event, group);
      return first.get(event) !== group;
    },
    isVariableGone: () => false,
    isLineGone: () => false,
  });
}
