/** Faults for which a settings file is not edited: duplicate keys, and hooks in a shape that agents do not read. */
import { type JsonNode, memberOf } from './json-node.ts';

export interface Fault {
  /** Offset in the text. */
  readonly at: number;
  readonly what: string;
}

function duplicateKey(node: JsonNode): Fault | null {
  const seen = new Set<string>();
  for (const { key, start, value } of node.members) {
    if (seen.has(key)) return { at: start, what: `the key ${JSON.stringify(key)} appears twice` };
    seen.add(key);
    const inside = duplicateKey(value);
    if (inside !== null) return inside;
  }
  for (const element of node.elements) {
    const inside = duplicateKey(element);
    if (inside !== null) return inside;
  }
  return null;
}

const is = (node: JsonNode, kind: JsonNode['kind'], what: string): Fault | null =>
  node.kind === kind ? null : { at: node.start, what: `${what} is expected to be an ${kind}` };

function groupFault(event: string, group: JsonNode): Fault | null {
  const fault = is(group, 'object', `each entry of hooks.${event}`);
  if (fault !== null) return fault;
  const handlers = memberOf(group, 'hooks');
  if (handlers === undefined) return { at: group.start, what: `an entry of hooks.${event} has no list "hooks"` };
  return (
    is(handlers, 'array', `"hooks" in an entry of hooks.${event}`) ??
    firstFault(handlers.elements, (handler) => is(handler, 'object', `each hook of hooks.${event}`))
  );
}

function firstFault<T>(items: readonly T[], look: (item: T) => Fault | null): Fault | null {
  for (const item of items) {
    const fault = look(item);
    if (fault !== null) return fault;
  }
  return null;
}

/** The first fault of a settings file, or null. */
export function faultOf(root: JsonNode): Fault | null {
  const hooks = memberOf(root, 'hooks');
  const env = memberOf(root, 'env');
  return (
    is(root, 'object', 'the file') ??
    duplicateKey(root) ??
    (env === undefined ? null : is(env, 'object', 'env')) ??
    (hooks === undefined ? null : is(hooks, 'object', 'hooks')) ??
    firstFault(
      hooks?.members ?? [],
      ({ key, value }) =>
        is(value, 'array', `hooks.${key}`) ?? firstFault(value.elements, (group) => groupFault(key, group)),
    )
  );
}
