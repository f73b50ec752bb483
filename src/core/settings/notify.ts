/** `notify:` of config.yaml: commands that run on events. */
import { nearest } from '../nearest.ts';
import { NOTICE_NAMES, type NoticeName } from '../notice.ts';
import { asList, asMap, asText, type Path, ShapeError } from '../shape.ts';
import type { Kind } from './kinds.ts';

/** A command that runs after each of these events. */
export interface NotifyRule {
  readonly on: readonly NoticeName[];
  readonly command: string;
}

function noticeName(value: unknown, path: Path): NoticeName {
  const name = NOTICE_NAMES.find((known) => known === value);
  if (name !== undefined) return name;
  const meant = nearest(String(value), NOTICE_NAMES);
  throw new ShapeError(path, meant === null ? `one of ${NOTICE_NAMES.join(', ')}` : `${meant}, perhaps`, value);
}

export const notifyRules: Kind<readonly NotifyRule[]> = {
  name: 'list of rules',
  read: (value, path) =>
    asList(value, path).map((item, n) => {
      const at = [...path, n];
      const rule = asMap(item, at);
      const unknown = Object.keys(rule).find((key) => key !== 'on' && key !== 'command');
      if (unknown !== undefined) throw new ShapeError([...at, unknown], 'one of on, command', unknown);
      const { on, command } = rule;
      const names = typeof on === 'string' ? [on] : asList(on, [...at, 'on']);
      return {
        on: names.map((name, m) => noticeName(name, [...at, 'on', m])),
        command: asText(command, [...at, 'command']),
      };
    }),
};
