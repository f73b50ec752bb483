import { agentStanding } from '../../app/budgets.ts';
import { parsePercent } from '../../core/amounts.ts';
import { NOTHING } from '../../core/budget/amounts.ts';
import type { Usage } from '../../core/model/budget.ts';
import { EXIT, InternalError } from '../../errors.ts';
import type { Host, ProcessEnvironment } from '../../ports/host.ts';
import type { OpenPrices } from '../../ports/prices.ts';
import type { OpenStore } from '../../ports/store.ts';
import type { OpenTranscripts } from '../../ports/transcripts.ts';
import { standingText } from '../../render/budget.ts';
import { usageReportJson } from '../../render/json/budget-json.ts';
import { order } from '../budget-answer.ts';
import { AMOUNT_OPTIONS, agentName, isEmptyAmount, namedAmounts, reserveAmounts } from '../budget-words.ts';
import type { CommandSpec, RunCommand } from '../command.ts';
import { callingProcess } from '../holder.ts';
import { readAs, usageError } from '../values.ts';

export const spec: CommandSpec = {
  about:
    'Counts the usage of an agent and answers what it may do next: continue, warn, throttle, degrade or stop. A report with --id counts once, however often it is made. --from-claude counts the new usage in transcripts of Claude Code and Codex.',
  examples: [
    ['report-usage consilio/auth --tokens 450 --time 2.3s --cost 0.01', 'after each call; the answer says what to do'],
    ['report-usage auth --progress 60 --phase 3/4', 'the progress, for the status'],
    [
      'report-usage auth --reserve 5k --id call-7',
      'reserve an amount before the next call (exit 75 if it is more than is left)',
    ],
    ['report-usage auth --tokens 4.2k --id call-7', 'the usage of that call; reported twice it counts once'],
    ['report-usage --from-claude', 'count new usage in the transcripts of agents with a budget'],
  ],
  operands: [{ name: 'AGENT', required: false, help: 'PROJECT/NAME or a bare name' }],
  options: [
    ...AMOUNT_OPTIONS,
    { name: 'progress', value: 'PERCENT', help: 'progress of the work, 0 to 100' },
    { name: 'phase', value: 'TEXT', help: 'phase of the work, like 3/4' },
    { name: 'id', value: 'KEY', help: 'name of this spend: it counts once, and settles the reservation of that name' },
    { name: 'reserve', value: 'AMOUNT', help: 'set aside an amount for the next call' },
    { name: 'from-claude', help: 'count new usage in transcripts, of AGENT or of all agents with a budget' },
    { name: 'all', help: 'with --from-claude: agents without a budget get one without limits' },
  ],
  exits: [[75, 'the amount of --reserve is more than is left']],
};

const progressOf = (text: string): number => readAs(parsePercent, '--progress', text, 'from 0 to 100', '60 or 60%');

const PRINTABLE = /^[^\p{C}]{1,64}$/u;

function shortText(what: string, text: string): string {
  if (!PRINTABLE.test(text)) throw usageError(`${what} must be 1 to 64 printable characters`, 'make it shorter');
  return text;
}

export const run: RunCommand<OpenStore & Host & ProcessEnvironment & OpenTranscripts & OpenPrices> = async (
  invocation,
  ports,
) => {
  const [named] = invocation.operands;
  if (invocation.has('from-claude')) {
    const { reportFromTranscripts } = await import('../from-claude.ts');
    return reportFromTranscripts(named === undefined ? null : agentName(named), invocation, ports);
  }
  if (named === undefined) throw usageError('report-usage needs an agent', 'write it like consilio/auth');
  if (invocation.has('all')) throw usageError('--all belongs to --from-claude', 'add --from-claude, or leave it out');
  const name = agentName(named);
  const amounts = namedAmounts(invocation);
  const progress = invocation.option('progress', progressOf);
  const phase = invocation.option('phase', (text) => shortText('--phase', text));
  const id = invocation.option('id', (text) => shortText('--id', text));
  const reserve = invocation.option('reserve', reserveAmounts);
  const usage: Usage | null = isEmptyAmount(amounts) ? null : { ...NOTHING, ...amounts };
  if (usage === null && progress === null && phase === null && reserve === null)
    throw usageError(
      'nothing to report',
      'give at least one of --tokens, --time, --cost, --progress, --phase, --reserve',
    );
  const holder = reserve === null ? null : callingProcess(ports);
  const { committed, outcome } = await order(invocation, ports, {
    do: 'report',
    agent: name,
    usage,
    progress,
    phase,
    id,
    reserve,
    holder,
  });
  const { report } = outcome;
  if (report === null) throw new InternalError('report-lost-0a7c', `the report of ${name} is lost`);
  const { isDuplicate, reservation } = report;
  const found = agentStanding(committed, name);
  invocation.answer({
    json: () => usageReportJson(found, report),
    text: () =>
      [
        standingText(found, invocation.out.styles),
        ...(isDuplicate ? ['   counted before; nothing was added'] : []),
        ...(reservation === null
          ? []
          : [
              `   reservation ${reservation.id} ${reservation.isAdmitted ? 'admitted' : 'refused: the amount is more than is left'}`,
            ]),
      ].join('\n'),
  });
  return reservation !== null && !reservation.isAdmitted ? EXIT.notNow : EXIT.ok;
};
