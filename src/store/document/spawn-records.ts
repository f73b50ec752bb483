/** What leases and queue entries say of the agent inside a session that they are for. */
import type { Instant } from '../../core/model/instants.ts';
import type { Spawn } from '../../core/model/lease.ts';
import type { Path } from '../../core/shape.ts';
import { asInstantMs, asMap, asText, optional } from '../../core/shape.ts';

export function spawnFromRecord(value: unknown, path: Path): Spawn {
  const map = asMap(value, path);
  const at = (key: string): Path => [...path, key];
  return {
    session: asText(map.session, at('session')),
    toolCall: optional(map.tool_call, (id) => asText(id, at('tool_call'))),
    agentId: optional(map.agent_id, (id) => asText(id, at('agent_id'))),
    isNested: map.nested === true,
    heardAt: asInstantMs(map.heard_at, at('heard_at')) as Instant,
  };
}

/** `heard_at` follows `agent_id`: store/glance.ts reads both from the text. */
export const spawnRecord = ({ session, toolCall, agentId, isNested, heardAt }: Spawn): object => ({
  session,
  ...(toolCall === null ? {} : { tool_call: toolCall }),
  ...(agentId === null ? {} : { agent_id: agentId }),
  heard_at: new Date(heardAt).toISOString(),
  ...(isNested ? { nested: true } : {}),
});
