/** Lines of synthetic transcripts: the worked example, and a line with changes by a test. */

type Json = Record<string, unknown>;

const EXAMPLE: readonly [file: string, line: Json][] = [
  ['projects/-w-app/S1.jsonl', main('msg_1', 'req_1', 3, 'a1', '2026-11-20T10:00:04.000Z')],
  ['projects/-w-app/S1.jsonl', main('msg_1', 'req_1', 410, 'a2', '2026-11-20T10:00:06.000Z')],
  [
    'projects/-w-app/S1/subagents/agent-a4d2.jsonl',
    aLine({
      agentId: 'a4d2',
      isSidechain: true,
      requestId: 'req_2',
      timestamp: '2026-11-20T10:00:09.000Z',
      id: 'msg_2',
      model: 'claude-haiku-4-5-20251001',
      usage: {
        input_tokens: 900,
        cache_creation_input_tokens: 5000,
        cache_read_input_tokens: 0,
        cache_creation: { ephemeral_5m_input_tokens: 5000, ephemeral_1h_input_tokens: 0 },
        output_tokens: 250,
        service_tier: 'standard',
      },
    }),
  ],
];

function main(id: string, requestId: string, output: number, uuid: string, timestamp: string): Json {
  return aLine({
    id,
    requestId,
    uuid,
    timestamp,
    usage: {
      input_tokens: 12,
      cache_creation_input_tokens: 8000,
      cache_read_input_tokens: 14000,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 8000 },
      output_tokens: output,
      service_tier: 'standard',
    },
  });
}

/** A line of an assistant; `id`, `model`, `usage` and `content` belong to its message. */
export function aLine({ id = 'msg_1', model = 'claude-opus-4-8', usage, content = [], ...entry }: Json): Json {
  return {
    type: 'assistant',
    uuid: 'u',
    parentUuid: null,
    isSidechain: false,
    sessionId: 'S1',
    version: '2.1.240',
    cwd: '/w/app',
    requestId: 'req_1',
    timestamp: '2026-11-20T10:00:00.000Z',
    ...entry,
    message: { id, type: 'message', role: 'assistant', model, content, stop_reason: null, usage },
  };
}

/** Two parts of a streamed response and one of a subagent: $0.10571. */
export const workedExample = (): readonly (readonly [file: string, line: Json])[] => EXAMPLE;

export const EXAMPLE_MICRO_USD = 105_710;
