/**
 * The bundle of the slot commands. It is small, because a cold process pays for every function of its bundle, called or
 * not. The executables in bin/ name their bundle.
 */
import { SLOT_COMMANDS } from '../cli/commands/slots.ts';
import { readInstalled } from '../cli/parse.ts';
import { InternalError } from '../errors.ts';
import { mainWith } from './run-command.ts';
import { openSlotPorts } from './slot-ports.ts';

export { hasRun } from './run-command.ts';
export const main = mainWith(async (invokedAs, argv) => {
  const reading = readInstalled(SLOT_COMMANDS, invokedAs, argv);
  if (reading === null) throw new InternalError('bundle-5e10', `the bundle has no command of ${invokedAs}`);
  return reading;
}, openSlotPorts);
