import { EXIT } from '../../errors.ts';
import type { Context } from '../../ports/context.ts';
import { statusJson } from '../../render/json/json.ts';
import { killLine } from '../../render/kill.ts';
import { boardOf } from '../../render/top/board.ts';
import { report } from '../../render/top/frame.ts';
import { FIRST_VIEW } from '../../render/top/view.ts';
import { runTop } from '../../ui/top.ts';
import { answer, tellBeside } from '../answer.ts';
import type { CommandSpec, RunCommand } from '../command.ts';
import { has, usageError } from '../values.ts';
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
    { name: 'once', help: 'print the screen once as text, then end' },
  ],
};

/** Runs `kill` and returns its answer as a line for the screen. */
async function kill(context: Context, project: string): Promise<string> {
  const answers: string[] = [];
  const { styles, width, isTerminal } = context.out;
  const out = { styles, width, isTerminal, answer: (text: string) => answers.push(text) > 0, note: () => {} };
  const options = new Map([
    ['yes', ''],
    ['json', ''],
    ['quiet', ''],
  ]);
  await runKill({ operands: [project], options, rest: [] }, { ...context, out });
  return killLine(JSON.parse(answers.join('')));
}

export const run: RunCommand = async (typed, context) => {
  const intervalMs = watchIntervalMs('--interval', typed.options.get('interval') ?? '');
  const { styles } = context.out;
  if (has(typed, 'once')) {
    const snapshot = await (await context.openStore()).read();
    tellBeside(typed, context, snapshot.repairs, []);
    answer(typed, context, {
      json: () => statusJson(snapshot),
      text: () => report(boardOf(snapshot), FIRST_VIEW, context.out.width, styles),
    });
    return EXIT.ok;
  }
  if (has(typed, 'json')) throw usageError('top has no JSON form', 'use: resource-status --watch --json');
  const screen = await context.openScreen();
  if (screen === null)
    throw usageError('top needs a terminal', 'elsewhere: resource-status --watch, or top --once for one look');
  const store = await context.openStore();
  await context.stayLean();
  return runTop({
    store,
    clock: context.clock,
    screen,
    styles,
    intervalMs,
    onInterrupt: context.onInterrupt,
    kill: (project) => kill(context, project),
    tell: context.out.note,
  });
};
