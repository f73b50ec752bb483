/** Commands that agent programs call. `main/hook-first-look.ts` answers them; here is their help. */
import { HOOK_EVENTS } from '../../core/hooks/event.ts';
import type { CommandModule, CommandSpec } from '../command.ts';
import { usageError } from '../values.ts';

const EVENTS = Object.keys(HOOK_EVENTS);

/** A command line comes here only with an option that the first look does not know. */
const answeredElsewhere = (takes: string, spec: CommandSpec): CommandModule => ({
  spec,
  run: async () => {
    throw usageError(`${takes}, nothing else`, spec.examples[0]?.[0] ?? '');
  },
});

export const hook = answeredElsewhere('hook takes an event and --dir', {
  examples: [
    ['resource-manager hook pre-tool-use < event.json', 'a slot for an agent that is being started, or why not'],
    ['resource-manager hook < event.json', 'the event says itself what it is'],
  ],
  operands: [{ name: 'EVENT', required: false, help: EVENTS.join(', ') }],
  options: [],
  verbs: EVENTS,
});

export const statusline = answeredElsewhere('statusline takes --dir', {
  examples: [
    ['resource-manager statusline < session.json', 'what Claude Code gives a status line on standard input'],
    [
      'input=$(cat); echo "my own · $(echo "$input" | resource-manager statusline)"',
      'inside a status line of your own',
    ],
  ],
  operands: [],
  options: [],
});

export const subagentStatusline = answeredElsewhere('subagent-statusline takes --dir', {
  examples: [['resource-manager subagent-statusline < tasks.json', 'what Claude Code gives on standard input']],
  operands: [],
  options: [],
});
