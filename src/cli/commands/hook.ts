import { HOOK_EVENTS } from '../../core/hooks/event.ts';
import type { CommandSpec, Run } from '../command.ts';
import { usageError } from '../values.ts';

const EVENTS = Object.keys(HOOK_EVENTS);

export const spec: CommandSpec = {
  name: 'hook',
  summary: 'answer an event of an agent program; its hooks call this (see integrate)',
  examples: [
    ['resource-manager hook pre-tool-use < event.json', 'a slot for an agent that is being started, or why not'],
    ['resource-manager hook < event.json', 'the event says itself what it is'],
  ],
  operands: [{ name: 'EVENT', required: false, help: EVENTS.join(', ') }],
  options: [],
  verbs: EVENTS,
};

/** The launcher answers events itself (src/hook-first.ts); what comes here has an option that hooks do not know. */
export const run: Run = async () => {
  throw usageError('hook takes an event and --dir, nothing else', 'resource-manager hook EVENT < event.json');
};
