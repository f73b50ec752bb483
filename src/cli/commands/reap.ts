import { findLost, LostReaper } from '../../app/reap.ts';
import { EXIT } from '../../errors.ts';
import type { OpenHistory } from '../../ports/history.ts';
import type { SystemLog } from '../../ports/host.ts';
import type { OpenReaper } from '../../ports/reaper.ts';
import type { OpenStore } from '../../ports/store.ts';
import type { Ask } from '../../ports/terminal.ts';
import { leftBehindLines, reapJson } from '../../render/orphans.ts';
import { processesWord } from '../../render/text/counts.ts';
import type { CommandSpec, RunCommand } from '../command.ts';
import { confirmed } from '../confirm.ts';
import { actOnLastGood, noteUnrecorded } from '../unrecorded.ts';
import { durationMs, usageError } from '../values.ts';

export const spec: CommandSpec = {
  about:
    'Finds processes that runs of this state have left behind, and ends them after a question. With --machine also what dead Claude sessions have left anywhere on the machine. Without a terminal it needs --yes, or --dry-run to list only.',
  examples: [
    ['resource-manager reap --dry-run', 'list what runs of this state have left, with the evidence'],
    ['resource-manager reap --yes', 'end it'],
    ['resource-manager reap --machine --dry-run', 'list also what dead Claude sessions have left on this machine'],
  ],
  operands: [],
  options: [
    { name: 'dry-run', short: 'n', help: 'list them, and change nothing' },
    { name: 'yes', short: 'y', help: 'end them without a question' },
    { name: 'machine', help: 'look at the whole machine: also for what dead Claude sessions have left' },
    { name: 'mark', value: 'MARK', help: 'only processes of the run with this mark (RESOURCE_MANAGER_MARK)' },
    {
      name: 'grace',
      value: 'DURATION',
      help: 'time that the processes get to end by themselves',
      default: 'monitor.grace',
    },
  ],
  exits: [
    [1, 'the question was answered with no, or some processes survived'],
    [74, 'the processes are ended, and the state could not be written'],
  ],
};

export const run: RunCommand<OpenStore & OpenReaper & OpenHistory & Ask & SystemLog> = async (invocation, ports) => {
  const mark = invocation.option('mark', (text) => text);
  const isMachine = invocation.has('machine');
  if (mark !== null && isMachine)
    throw usageError(
      '--mark names one run, and --machine looks at the whole machine',
      'use one of them: resource-manager reap --machine --dry-run',
    );
  const grace = invocation.option('grace', (text) => durationMs('--grace', text));
  const opened = { store: await ports.openStore(), reaper: await ports.openReaper() };
  actOnLastGood(opened.store, (text) => invocation.note(`note: ${text}`));
  const lost = await findLost(opened, { mark, isMachine });
  const isDryRun = invocation.has('dry-run');
  const total = lost.reduce((sum, { left }) => sum + left.findings.found.length, 0);
  const isDone = !isDryRun && total > 0;
  if (isDone && !(await confirmed(invocation, ports, `End ${processesWord(total)}?`, 'resource-manager reap'))) {
    invocation.note('nothing was ended');
    return EXIT.checkedNo;
  }
  const reaper = new LostReaper(opened);
  if (!isDryRun) await reaper.freeGone(lost);
  let survivors = 0;
  if (isDone) {
    const graceMs = grace ?? (await opened.store.settings()).monitor.graceMs;
    survivors = await reaper.end(lost, graceMs, await ports.openHistory());
  }
  const left = lost.map((one) => one.left);
  const terminated = isDone ? total - survivors : 0;
  invocation.answer({
    json: () => reapJson(left, { isDryRun, terminated, survivors }),
    text: () =>
      left.length === 0
        ? 'Nothing is left behind.'
        : left
            .flatMap((one) => leftBehindLines(one, isDone))
            .concat(isDone ? [`${processesWord(terminated)} ended`] : [])
            .join('\n'),
  });
  const unrecorded = await reaper.unrecorded();
  if (unrecorded !== null) return noteUnrecorded(invocation, ports, 'end of these processes', unrecorded.error);
  return survivors === 0 ? EXIT.ok : EXIT.checkedNo;
};
