/** Help of the commands that agent programs call. `main/hook-first-look.ts` answers them. */
import { HOOK_EVENTS } from '../../core/hooks/event.ts';
import { EXIT } from '../../errors.ts';
import type { CommandModule, CommandSpec } from '../command.ts';
import { usageError } from '../values.ts';

const EVENTS = Object.keys(HOOK_EVENTS);

/** Runs only for an option that the first look does not know. */
const answeredElsewhere = (takes: string, spec: CommandSpec): CommandModule<object> => ({
  spec,
  run: async () => {
    throw usageError(`${takes}, nothing else`, `see: resource-manager ${takes.split(' ')[0]} --help`);
  },
});

export const hook = answeredElsewhere('hook takes an event and --dir', {
  about:
    'Reads one event of an agent program as JSON on standard input and answers it on standard output. integrate installs the hooks that call it. Without EVENT the event is the one that the JSON names.',
  examples: [
    [
      'resource-manager hook pre-tool-use < event.json',
      'a slot for an agent that is being started, or a denial with the reason',
    ],
    ['resource-manager hook < event.json', 'the event is named in the JSON'],
  ],
  operands: [{ name: 'EVENT', required: false, help: EVENTS.join(', ') }],
  options: [],
  verbs: HOOK_EVENTS,
  exits: [
    [EXIT.ok, 'the call goes on, or the answer denies it'],
    [2, 'the call is blocked because agent-resource-manager itself is broken (hooks.on_error: deny)'],
  ],
});

export const statusline = answeredElsewhere('statusline takes --dir', {
  about:
    'Reads the JSON that Claude Code passes to a status line and prints a segment: slots in use, who waits, and the budget of the session.',
  examples: [
    ['resource-manager statusline < session.json', 'the segment for the session in the JSON'],
    ['input=$(cat); echo "my own · $(echo "$input" | resource-manager statusline)"', 'as part of your own status line'],
  ],
  operands: [],
  options: [],
});

export const subagentStatusline = answeredElsewhere('subagent-statusline takes --dir', {
  about:
    'Reads the tasks that Claude Code passes on standard input and prints a row for each agent with a budget of its own.',
  examples: [['resource-manager subagent-statusline < tasks.json', 'a row for each agent in the JSON']],
  operands: [],
  options: [],
});
