/** Events of each agent program that call our hook: one table for settings files and for the plugin. */
import type { Launch } from './launch.ts';

export interface HookLine {
  readonly event: string;
  /** Pattern of tool names; null if the event has no matcher. */
  readonly matcher: string | null;
  readonly timeoutSeconds: number;
}

export interface HookHandler {
  readonly [key: string]: string | number;
  readonly type: 'command';
  readonly command: string;
  /** Seconds. */
  readonly timeout: number;
}

export interface HookGroup {
  readonly [key: string]: string | readonly HookHandler[];
  readonly hooks: readonly HookHandler[];
}

export type Hooks = Readonly<Record<string, HookGroup>>;

const USUAL_SECONDS = 10;
/** The longest wait for a slot plus the longest pause before it (core/hooks/settings.ts), and a margin. */
const GATE_SECONDS = 620;

const line = (event: string, matcher: string | null = null, timeoutSeconds = USUAL_SECONDS): HookLine => ({
  event,
  matcher,
  timeoutSeconds,
});

/**
 * The tool Agent has the older name Task. PreToolUse has no `statusMessage`, which would show for every tool, even without
 * a wait.
 */
export const CLAUDE_HOOKS: readonly HookLine[] = [
  line('SessionStart'),
  line('PreToolUse', '*', GATE_SECONDS),
  line('PostToolUse', '*'),
  line('PostToolUseFailure', 'Agent|Task'),
  line('SubagentStart'),
  line('SubagentStop'),
  line('Stop'),
  line('TaskCreated'),
  line('TaskCompleted'),
  line('SessionEnd', null, 5),
];

/** Codex allows SessionEnd three seconds and warns at each start about a hook with a longer timeout. */
export const CODEX_HOOKS: readonly HookLine[] = [
  line('SessionStart'),
  line('PreToolUse', '*', GATE_SECONDS),
  line('PostToolUse', '*'),
  line('SubagentStart'),
  line('SubagentStop'),
  line('Stop'),
  line('SessionEnd', null, 3),
];

/** An event as an operand of `hook`: `PreToolUse` becomes `pre-tool-use`. */
export const hookWord = (event: string): string => event.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();

/** Our matcher group for each event. */
export function hooksOf(table: readonly HookLine[], { words }: Launch): Hooks {
  return Object.fromEntries(
    table.map(({ event, matcher, timeoutSeconds }) => [
      event,
      {
        ...(matcher === null ? {} : { matcher }),
        hooks: [{ type: 'command', command: `${words} hook ${hookWord(event)}`, timeout: timeoutSeconds }],
      },
    ]),
  );
}
