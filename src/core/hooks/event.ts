/**
 * Parses an event of an agent program's hooks from its JSON; unknown and missing fields are ignored. Schemas: Claude Code
 * 2.1.240 to 2.1.317, Codex hooks as of 2026-05.
 */

/** The events that we use, by their names on the command line. */
export const HOOK_EVENTS = {
  'session-start': 'SessionStart',
  'pre-tool-use': 'PreToolUse',
  'post-tool-use': 'PostToolUse',
  'post-tool-use-failure': 'PostToolUseFailure',
  'subagent-start': 'SubagentStart',
  'subagent-stop': 'SubagentStop',
  stop: 'Stop',
  'task-created': 'TaskCreated',
  'task-completed': 'TaskCompleted',
  'session-end': 'SessionEnd',
} as const;
export type HookWord = keyof typeof HOOK_EVENTS;
export type HookName = (typeof HOOK_EVENTS)[HookWord];

export interface HookEvent {
  readonly name: HookName;
  readonly session: string;
  /** The agent inside the session; null for the session's main agent. */
  readonly agentId: string | null;
  readonly cwd: string | null;
  /** The session's transcript. */
  readonly transcript: string | null;
  readonly tool: string | null;
  readonly toolCall: string | null;
  readonly toolInput: Readonly<Record<string, unknown>>;
  /** The tool's response, if it is a map or the JSON of one. */
  readonly toolResponse: Readonly<Record<string, unknown>>;
  /** The reason of a session's start, like `clear`. */
  readonly source: string | null;
  /** Agents that run in the background; null where the program does not list them. */
  readonly running: readonly string[] | null;
  readonly task: string | null;
  /** The event comes from Codex, which inherits the variables of an enclosing Claude session. */
  readonly isCodex: boolean;
}

export type Fields = Readonly<Record<string, unknown>>;

const NONE: Fields = Object.freeze({});
const LONGEST_ID = 200;

export const isMap = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The first usable id under these keys. Numbers are accepted; `__proto__` and empty strings are not. */
function idIn(fields: Fields, ...keys: readonly string[]): string | null {
  for (const key of keys) {
    const value = fields[key];
    const text = typeof value === 'number' ? String(value) : value;
    if (typeof text === 'string' && text !== '' && text !== '__proto__') return text.slice(0, LONGEST_ID);
  }
  return null;
}

/** An absolute path that a kernel would take. */
function pathIn(fields: Fields, key: string): string | null {
  const path = fields[key];
  return typeof path === 'string' && /^\/[^\0]{0,4095}$/.test(path) ? path : null;
}

function firstMap(fields: Fields, ...keys: readonly string[]): Fields {
  for (const key of keys) {
    const value = fields[key];
    if (isMap(value)) return value;
    if (typeof value !== 'string' || !value.trimStart().startsWith('{')) continue;
    try {
      const parsed: unknown = JSON.parse(value);
      if (isMap(parsed)) return parsed;
    } catch {
      // The text only looks like JSON.
    }
  }
  return NONE;
}

const NO_AGENT = /shell|bash|command|monitor|workflow|cron/;

/** Ids of running agents among the background tasks; a shell is no agent. */
function runningIn(fields: Fields): readonly string[] | null {
  const tasks = fields.background_tasks;
  if (!Array.isArray(tasks)) return null;
  return tasks.filter(isMap).flatMap((task) => {
    const isOver = ENDED.test(idIn(task, 'status') ?? '');
    const id = idIn(task, 'agent_id', 'agentId', 'id', 'task_id');
    return isOver || id === null || NO_AGENT.test(idIn(task, 'type', 'kind') ?? '') ? [] : [id];
  });
}

const nameOf = (text: string | null): HookName | null =>
  Object.values(HOOK_EVENTS).find((name) => name === text) ?? null;

/** The text without a byte order mark, which some programs on Windows write. */
export const withoutMark = (text: string): string => (text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);

/** The event in this text; null for an event that we do not use. Throws SyntaxError unless the text is a JSON object. */
export function hookEvent(text: string, word: HookWord | null): HookEvent | null {
  const fields: unknown = JSON.parse(withoutMark(text));
  if (!isMap(fields)) throw new SyntaxError('not a JSON object');
  const written = idIn(fields, 'hook_event_name');
  const name = written === null ? (word === null ? null : HOOK_EVENTS[word]) : nameOf(written);
  const session = idIn(fields, 'session_id', 'sessionId', 'thread_id');
  if (name === null || session === null) return null;
  return {
    name,
    session,
    agentId: idIn(fields, 'agent_id', 'agentId'),
    cwd: pathIn(fields, 'cwd'),
    transcript: pathIn(fields, 'transcript_path'),
    tool: idIn(fields, 'tool_name'),
    toolCall: idIn(fields, 'tool_use_id', 'call_id'),
    toolInput: firstMap(fields, 'tool_input'),
    toolResponse: firstMap(fields, 'tool_response', 'tool_output'),
    source: idIn(fields, 'source'),
    running: runningIn(fields),
    task: idIn(fields, 'task_id'),
    isCodex: 'turn_id' in fields || /\/rollout-[^/]*$/.test(pathIn(fields, 'transcript_path') ?? ''),
  };
}

/** True for a call that starts an agent of Claude Code; its input names the model. */
export const isClaudeSpawn = ({ tool }: Pick<HookEvent, 'tool'>): boolean => tool === 'Agent' || tool === 'Task';

/** True for a call that starts an agent: `Agent` (once `Task`) of Claude Code, `spawn_agent` of Codex with any prefix. */
export const isSpawn = ({ tool }: HookEvent): boolean =>
  tool !== null && (isClaudeSpawn({ tool }) || (/(?:^|\W|_)spawn_agent$/.test(tool) && !tool.startsWith('mcp__')));

/** The id of the started agent, from the response of the call; null without one. */
export const spawnedAgent = ({ toolResponse }: HookEvent): string | null =>
  idIn(toolResponse, 'agentId', 'agent_id', 'thread_id', 'id');

const ENDED = /^(?:completed|done|failed|error|cancel|killed|stopped|denied|rejected)/;

/**
 * True when the agent goes on after the call that started it. That is the default since 2.1.198, so only a final status
 * means its end. Older versions send a SubagentStop.
 */
export function goesOn({ toolResponse, toolInput }: HookEvent): boolean {
  const status = idIn(toolResponse, 'status');
  return status === null ? toolInput.run_in_background !== false : !ENDED.test(status);
}
