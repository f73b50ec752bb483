import type { CommandSpec, Run } from '../command.ts';
import { usageError } from '../values.ts';

export const spec: CommandSpec = {
  name: 'subagent-statusline',
  summary: 'rows for agents that have a budget of their own; the others keep theirs',
  examples: [['resource-manager subagent-statusline < tasks.json', 'what Claude Code gives on standard input']],
  operands: [],
  options: [],
};

/** The launcher answers by itself (src/hook-first.ts); what comes here has an option that it does not know. */
export const run: Run = async () => {
  throw usageError(
    'subagent-statusline takes --dir, nothing else',
    'resource-manager subagent-statusline < tasks.json',
  );
};
