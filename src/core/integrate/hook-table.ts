/** At which events of which agent our hook is called: one table for settings files and for the plugin. */
import type { Launch } from './launch.ts';

export interface HookLine {
  readonly event: string;
  /** Which tools; null where the event has none. */
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
/** The longest wait for a slot and the longest pause before it (core/hooks/settings.ts), and a little. */
const GATE_SECONDS = 620;

const line = (event: string, matcher: string | null = null, timeoutSeconds = USUAL_SECONDS): HookLine => ({
  event,
  matcher,
  timeoutSeconds,
});

/**
 * A spawn tool was called Task before it was called Agent. PreToolUse has no `statusMessage`: it would show on every tool,
 * whether it waits or not.
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

/** Codex gives SessionEnd three seconds and warns at each start of a hook that asks for more. */
export const CODEX_HOOKS: readonly HookLine[] = [
  line('SessionStart'),
  line('PreToolUse', '*', GATE_SECONDS),
  line('PostToolUse', '*'),
  line('SubagentStart'),
  line('SubagentStop'),
  line('Stop'),
  line('SessionEnd', null, 3),
];

/** `PreToolUse` as the word that our command takes: `pre-tool-use`. */
export const hookWord = (event: string): string => event.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();

/** Each event with the one matcher group of ours. */
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
