/** Answers of `request-slots` and `run` to a request that is queued, denied or cancelled. */

import type { Asked, Denied } from '../app/acquire.ts';
import type { RequestCommand } from '../core/commands/request.ts';
import { projectKey, type TicketId } from '../core/model/ids.ts';
import type { Lease } from '../core/model/lease.ts';
import type { State } from '../core/model/state.ts';
import type { Reason } from '../core/reason.ts';
import { slotNeedBytes } from '../core/schedule/memory.ts';
import { DEFAULT_SETTINGS, projectLimit, type Settings } from '../core/settings/settings.ts';
import { EXIT, ExpectedError } from '../errors.ts';
import { notGrantedJson } from '../render/json/json.ts';
import { deniedText, queuedText } from '../render/outcome.ts';
import { elsewhereHint } from '../render/text/holder.ts';
import type { Invocation } from './invocation.ts';
import { durationMs } from './values.ts';

/** The longest wait in milliseconds; null waits for ever. Throws ExpectedError 64 when --wait is not a duration. */
export const waitMs = (invocation: Invocation): number | null =>
  invocation.option('wait', (text) => (text === '' ? null : durationMs('--wait', text)));

/** Notes the events of the commit, and the place in the queue of a request that waits. */
export function noteAsked(invocation: Invocation, asked: Asked): void {
  invocation.noteBeside(asked);
  if (asked.kind === 'queued' && invocation.has('wait'))
    invocation.note(queuedText(asked.outlook, asked.state, asked.environment, invocation.out.styles));
  const hint = asked.kind === 'queued' ? elsewhereHint(asked.state.leases, asked.environment.here) : null;
  if (hint !== null) invocation.note(`hint: ${hint}`);
}

/** The hint for a denial that waiting cannot change; null for a denial that it may. */
function hintForGood(reason: Reason, command: RequestCommand, { state, environment }: Denied): string | null {
  switch (reason) {
    case 'exceeds-maximum':
      if (command.minSlots > state.maxSlots) return limitHint(command, state, environment.settings);
      return memoryHint(command, { state, environment });
    case 'project-limit':
      return limitHint(command, state, environment.settings);
    case 'would-deadlock':
      return 'do this step under the lease that you hold, or release slots of it first';
    default:
      return null;
  }
}

const typedSize = (bytes: number): string => `${Math.floor(bytes / 2 ** 20)}M`;

/** Says how to need no more memory than the machine has. */
function memoryHint(command: RequestCommand, { state, environment }: Pick<Denied, 'state' | 'environment'>): string {
  const total = environment.memoryTotalBytes ?? 0;
  const { run, minSlots } = command;
  if ((run?.memoryBytes ?? null) !== null)
    return `give what the command really needs, at most: --memory ${typedSize(total)}`;
  const most = typedSize(Math.min(DEFAULT_SETTINGS.slotMemoryBytes, total / minSlots));
  const fits = Math.floor(total / slotNeedBytes(state, environment, command, minSlots));
  const lower = `lower the expected need of a slot: resource-manager config set slot_memory ${most}`;
  const isLearned = slotNeedBytes(state, environment, command, minSlots) !== environment.settings.slotMemoryBytes;
  if (isLearned) return `ask for ${fits} or fewer`;
  return fits === 0 ? lower : `ask for ${fits} or fewer, or ${lower}`;
}

/** Names the limits that bind, with the commands that raise them to what was asked. */
export function limitHint({ project, minSlots }: RequestCommand, { maxSlots }: State, settings: Settings): string {
  const key = projectKey(project);
  const limit = projectLimit(settings, key);
  const most = Math.min(maxSlots, limit);
  const own = settings.projects.get(key)?.max ?? null;
  const setting = own === null ? 'max_per_project' : `projects.${project}.max`;
  const commands = [
    ...(minSlots > maxSlots ? [`set-max ${minSlots}`] : []),
    ...(minSlots > limit ? [`resource-manager config set ${setting} ${minSlots}`] : []),
  ];
  const raise = `raise ${commands.length === 1 ? 'the limit' : 'the limits'}: ${commands.join(' && ')}`;
  return most === 0 ? raise : `ask for ${most} or fewer, or ${raise}`;
}

/** Answers a denial and returns its exit code. As text, a denial with a hint throws ExpectedError 69 or 75 instead. */
export function answerDenied(
  invocation: Invocation,
  command: RequestCommand,
  denied: Denied,
  hintForNow: string | null = null,
): number {
  const { reason, outlook, state, environment } = denied;
  const isForGood = outlook === null || reason === 'would-deadlock';
  const forGood = isForGood ? hintForGood(reason, command, denied) : null;
  const exit = forGood === null ? EXIT.notNow : EXIT.neverGranted;
  const isHeld = (['insufficient-slots', 'behind-others', 'project-limit'] as Reason[]).includes(reason);
  const isOwn = (lease: Lease): boolean => projectKey(lease.project) === projectKey(command.project);
  const inTheWay = reason === 'project-limit' ? state.leases.filter(isOwn) : state.leases;
  const hint = forGood ?? (isHeld ? elsewhereHint(inTheWay, environment.here) : null) ?? hintForNow;
  const text = deniedText(command, reason, state, environment);
  if (hint !== null && !invocation.has('json')) throw new ExpectedError(reason, text, { hint, exit });
  invocation.answer({ json: () => notGrantedJson(command, 'denied', reason, outlook, state), text: () => text });
  return exit;
}

/** Notes what to do after a wait that has run out. */
export async function noteTimeUp({ out, options }: Invocation): Promise<void> {
  const { withDir } = await import('./hint.ts');
  const hint = 'wait longer with --wait=DURATION, or see who holds them: resource-status';
  out.note(`hint: ${withDir(hint, options.get('dir'))}`);
}

/** The error of a wait when its ticket has left the queue. */
export const goneError = (ticket: TicketId): ExpectedError =>
  new ExpectedError('cancelled', `ticket ${ticket} left the queue during the wait`, {
    hint: 'it was cancelled, or its holder ended; ask again if the slots are still needed',
    exit: EXIT.notNow,
  });
