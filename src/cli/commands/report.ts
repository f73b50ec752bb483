import { checkWorkflow } from '../../app/budgets.ts';
import { lookBack } from '../../app/look-back.ts';
import { reportOf } from '../../core/report/report.ts';
import { EXIT } from '../../errors.ts';
import type { OpenPageFiles } from '../../ports/files.ts';
import type { ReadHistory } from '../../ports/history.ts';
import type { OpenStore } from '../../ports/store.ts';
import { reportJson } from '../../render/json/report-json.ts';
import { reportText } from '../../render/report.ts';
import { workflowName } from '../budget-words.ts';
import type { CommandSpec, RunCommand } from '../command.ts';
import { sinceIn, sinceOption } from '../instant-words.ts';
import type { Invocation } from '../invocation.ts';
import { usageError } from '../values.ts';

export const spec: CommandSpec = {
  about:
    'Sums up the use of slots, tokens, time and money in the last week, compares it with targets, and suggests changes.',
  examples: [
    ['resource-manager report', 'the last week'],
    ['resource-manager report nightly --since 24h', 'one workflow, a day'],
    ['resource-manager report --json | jq .metrics', 'for a script'],
    ['resource-manager report --html report.html', 'one page with charts, to open in a browser'],
  ],
  operands: [{ name: 'WORKFLOW', required: false, help: 'report on one workflow only' }],
  options: [
    sinceOption('7d'),
    {
      name: 'html',
      value: 'FILE',
      help: 'write one self-contained page with charts (- is standard output)',
    },
  ],
};

/** The file of the page; null without --html. */
function htmlFile(invocation: Invocation): string | null {
  const file = invocation.options.get('html') ?? null;
  if (file === '') throw usageError('--html names no file', 'write it like --html report.html');
  if (file === '-' && invocation.has('json'))
    throw usageError('--html - and --json both answer on standard output', 'name a file for the page');
  return file;
}

export const run: RunCommand<OpenStore & ReadHistory & OpenPageFiles> = async (invocation, ports) => {
  const [named] = invocation.operands;
  const workflow = named === undefined ? null : workflowName(named);
  const file = htmlFile(invocation);
  const page =
    file === null
      ? null
      : await (await import('../report-page.ts')).openReportPage(ports, invocation.out.styles, file, workflow);
  const looked = await lookBack(
    await ports.openStore(),
    await ports.readHistory(),
    (now) => sinceIn(invocation, now),
    page?.watch,
  );
  const { state, environment, since, until, tally, track, idle } = looked;
  const settings = environment.settings.budget;
  if (workflow !== null) checkWorkflow(workflow, state, tally);
  const report = reportOf({ state, settings, workflow, tally, score: track.score(null), idle });
  const said = page?.put(report, looked) ?? null;
  invocation.answer({
    json: () => reportJson(report, since, until),
    text: () => said ?? reportText(report, since, until, invocation.out.styles, invocation.out.width),
  });
  return EXIT.ok;
};
