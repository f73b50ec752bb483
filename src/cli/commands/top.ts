import { EXIT } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { StayLean } from '../../ports/host.ts';
import type { OpenStore } from '../../ports/store.ts';
import type { OnInterrupt, OpenScreen } from '../../ports/terminal.ts';
import { statusJson } from '../../render/json/json.ts';
import { killLine } from '../../render/kill.ts';
import { boardOf } from '../../render/top/board.ts';
import { report } from '../../render/top/frame.ts';
import { FIRST_VIEW } from '../../render/top/view.ts';
import { runTop } from '../../ui/top.ts';
import type { CommandSpec, RunCommand } from '../command.ts';
import { Invocation } from '../invocation.ts';
import { usageError } from '../values.ts';
import { watchIntervalMs } from '../watch.ts';
import { run as runKill } from './kill.ts';

export const spec: CommandSpec = {
  about:
    'Shows slots, agents, queue and budgets in a live full-screen view. Keys sort, filter and select; ? lists them, and K kills the selected project after a question.',
  examples: [
    ['resource-manager top', 'until q or Ctrl-C'],
    ['resource-manager top --interval 500ms', 'redraw at least twice a second'],
    ['resource-manager top --once', 'print the view once, as text'],
  ],
  operands: [],
  answers: ['status'],
  options: [
    { name: 'interval', value: 'DURATION', help: 'longest time between two looks at the state', default: '2s' },
    { name: 'once', help: 'print the screen once as text, then end; --json does so as a document' },
  ],
};

type KillPorts = Parameters<typeof runKill>[1];

/** Runs `kill` and returns its answer as a line for the screen. */
async function kill(
  { out: { styles, width, isTerminal } }: Invocation,
  ports: KillPorts,
  project: string,
): Promise<string> {
  const answers: string[] = [];
  const out = { styles, width, isTerminal, answer: (text: string) => answers.push(text) > 0, note: () => {} };
  const options = new Map([
    ['yes', ''],
    ['json', ''],
    ['quiet', ''],
  ]);
  await runKill(new Invocation({ operands: [project], options, rest: [] }, out), ports);
  return killLine(JSON.parse(answers.join('')));
}

export const run: RunCommand<KillPorts & OpenStore & OpenScreen & StayLean & OnInterrupt & Clock> = async (
  invocation,
  ports,
) => {
  const intervalMs = watchIntervalMs('--interval', invocation.options.get('interval') ?? '');
  const { styles } = invocation.out;
  if (invocation.has('once') || invocation.has('json')) {
    if (invocation.has('interval'))
      throw usageError(
        'one look has no --interval',
        'again and again, for a script: resource-status --watch=1s --json',
      );
    const snapshot = await (await ports.openStore()).read();
    invocation.noteBeside(snapshot);
    invocation.answer({
      json: () => statusJson(snapshot),
      text: () => report(boardOf(snapshot), FIRST_VIEW, invocation.out.width, styles),
    });
    return EXIT.ok;
  }
  const screen = await ports.openScreen();
  if (screen === null) throw usageError('top needs a terminal', 'for one look: resource-manager top --once');
  const store = await ports.openStore();
  await ports.stayLean();
  return runTop({
    store,
    clock: ports,
    screen,
    styles,
    intervalMs,
    onInterrupt: ports.onInterrupt,
    kill: (project) => kill(invocation, ports, project),
    tell: invocation.out.note,
  });
};
