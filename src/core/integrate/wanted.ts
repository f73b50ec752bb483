/** Our settings in the settings file of an agent program. */
import type { Sizing } from '../sizing.ts';
import { CLAUDE_HOOKS, CODEX_HOOKS, type Hooks, hooksOf } from './hook-table.ts';
import type { Launch } from './launch.ts';

export type AgentName = 'claude' | 'codex';

export interface StatusLine {
  readonly [key: string]: string;
  readonly type: 'command';
  readonly command: string;
}

export interface Wanted {
  readonly hooks: Hooks;
  /** Environment variables of the agent program and all that it starts. */
  readonly env: Readonly<Record<string, string>>;
  /** Status lines by key of the settings file. */
  readonly lines: Readonly<Record<string, StatusLine>>;
}

/** Claude Code's own limit on the subagents of one session. */
const CLAUDE_SUBAGENTS = 20;

/**
 * Sets Claude Code's own limits to the fair share of one session, as a second line of defence where no hook runs. The
 * machine's memory is in bytes; the limit is in whole GiB, at least 1.
 */
export function sessionCaps({ maxSlots, maxPerProject }: Sizing, memoryBytes: number): Record<string, string> {
  const slots = Math.max(1, maxSlots);
  const part = Math.max(1, Math.min(slots, maxPerProject));
  const gib = Math.floor((memoryBytes / 2 ** 30) * (part / slots));
  return {
    CLAUDE_CODE_MAX_CONCURRENT_SUBAGENTS: String(Math.min(CLAUDE_SUBAGENTS, part)),
    CLAUDE_CODE_TOOL_MEMORY_LIMIT: `${Math.max(1, gib)}G`,
  };
}

/** The settings for an agent program. Codex has hooks only. */
export function wantedOf(agent: AgentName, launch: Launch, pool: Sizing, memoryBytes: number): Wanted {
  if (agent === 'codex') return { hooks: hooksOf(CODEX_HOOKS, launch), env: {}, lines: {} };
  const line = (verb: string): StatusLine => ({ type: 'command', command: `${launch.words} ${verb}` });
  return {
    hooks: hooksOf(CLAUDE_HOOKS, launch),
    env: sessionCaps(pool, memoryBytes),
    lines: { statusLine: line('statusline'), subagentStatusLine: line('subagent-statusline') },
  };
}
