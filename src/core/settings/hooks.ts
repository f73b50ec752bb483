/** `hooks:` of config.yaml: the behaviour of the hooks of agent programs. */
import { duration, durationUpTo, modelName, words } from './kinds.ts';
import { row, rowOrNull } from './rows.ts';

/** With the pause before it, less than the time limit of the hook (core/integrate/hook-table.ts), so no wait is cut off. */
export const LONGEST_WAIT_MS = 5 * 60_000;
/** Shorter than the lifetime of a provider's prompt cache. */
export const LONGEST_PAUSE_MS = 290_000;

export const HOOKS = {
  waitMs: row(
    'wait',
    durationUpTo('5m', LONGEST_WAIT_MS),
    '20s',
    'Longest time that a new agent waits for its slot before the hook denies it.',
  ),
  onError: row(
    'on_error',
    words(['allow', 'deny']),
    'allow',
    'Answer to a tool call when the resource manager itself fails: `allow` with a warning, or `deny`.',
  ),
  silenceMs: row(
    'silence',
    duration,
    '15m',
    'An agent counts as finished after this long without activity, unless one of its tools is still running.',
  ),
  degradeModel: rowOrNull(
    'degrade_model',
    modelName,
    'the model that the call asks for',
    'Model of the agents that a session starts while its budget is red.',
  ),
};
