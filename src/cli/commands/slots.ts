/** The commands that scripts call before and after each agent; they have a bundle of their own. */
import type { CommandTable } from '../command.ts';

export const SLOT_COMMANDS = {
  request: {
    summary: 'take slots for a project, or a place in the queue',
    installed: ['request-slots', 'supervisor-request-slots'],
    load: () => import('./request.ts'),
  },
  release: {
    summary: 'give slots back; waiting requests that now fit are granted at once',
    installed: ['release-slots', 'supervisor-release-slots'],
    load: () => import('./release.ts'),
  },
} satisfies CommandTable;
