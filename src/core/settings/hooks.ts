/** What happens where agents ask through the hooks of their program: `hooks:` of config.yaml. */
import { duration, durationUpTo, modelName, words } from './kinds.ts';
import { row, rowOrNull } from './rows.ts';

/** With the pause before it this is less than the hook's own time limit (core/integrate/hook-table.ts): none is cut off. */
export const LONGEST_WAIT_MS = 5 * 60_000;
/** Below the time after which a provider forgets its cache. */
export const LONGEST_PAUSE_MS = 290_000;

export const HOOKS = {
  waitMs: row(
    'wait',
    durationUpTo('5m', LONGEST_WAIT_MS),
    '20s',
    'How long an agent that is to be started waits for its slot before the hook denies it.',
  ),
  onError: row(
    'on_error',
    words(['allow', 'deny']),
    'allow',
    'What a tool call gets when the resource manager itself fails: `allow` with a warning, or `deny`.',
  ),
  silenceMs: row(
    'silence',
    duration,
    '15m',
    'An agent that wrote nothing for this long, and of which no tool runs, counts as over.',
  ),
  degradeModel: rowOrNull(
    'degrade_model',
    modelName,
    'the model that was asked for',
    'Model of the agents that a session starts while its budget is red.',
  ),
};
