/** The bundle of all commands. */
import { readWords } from '../cli/program.ts';
import { mainWith } from './run-command.ts';
import { openPorts } from './wiring.ts';

export { hasRun } from './run-command.ts';
export const main = mainWith(readWords, openPorts);
