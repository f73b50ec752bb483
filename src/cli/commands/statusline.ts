import type { CommandSpec, Run } from '../command.ts';
import { usageError } from '../values.ts';

export const spec: CommandSpec = {
  name: 'statusline',
  summary: "a segment for Claude Code's status line: slots, who waits, the session's budget",
  examples: [
    ['resource-manager statusline < session.json', 'what Claude Code gives a status line on standard input'],
    [
      'input=$(cat); echo "my own · $(echo "$input" | resource-manager statusline)"',
      'inside a status line of your own',
    ],
  ],
  operands: [],
  options: [],
};

/** The launcher answers by itself (src/hook-first.ts); what comes here has an option that a status line does not know. */
export const run: Run = async () => {
  throw usageError('statusline takes --dir, nothing else', 'resource-manager statusline < session.json');
};
