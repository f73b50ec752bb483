/** A history record as a line of text, as a CSV row and as JSON. */

import { overrunIn } from '../../core/budget/overrun.ts';
import { DIMENSIONS } from '../../core/model/budget.ts';
import { amountIn, PUBLISHED } from '../../core/model/published.ts';
import { type KeptRecord, numberIn, type RECORD_KINDS, textIn } from '../../core/model/record.ts';
import { causeIn } from '../../core/report/wait.ts';
import { causeText } from '../cause.ts';
import { clockSetText } from '../event.ts';
import { amountText } from '../text/amounts.ts';
import { slotsWord } from '../text/counts.ts';
import { durationWords } from '../text/duration.ts';
import { ENDING_WORDS } from './record-endings.ts';

/** The text without control characters, which could change the terminal. */
const clean = (text: string): string => text.replace(/\p{C}/gu, '?');

const seconds = (record: KeptRecord, key: string): string | null => {
  const value = numberIn(record, key);
  return value === null ? null : durationWords(value);
};

const slots = (record: KeptRecord): string => {
  const count = numberIn(record, 'slots') ?? 0;
  return slotsWord(count);
};

const WHY_RECLAIMED: Readonly<Record<string, string>> = {
  'holder-gone': 'its holder is gone',
  expired: 'its time was up',
  'never-collected': 'never collected',
  silent: 'its agent was silent',
  'not-running': 'its session reported its end',
  'never-asked-again': 'not asked for again',
};

function spent(record: KeptRecord): string {
  const parts = [
    ...DIMENSIONS.flatMap((dimension) =>
      numberIn(record, PUBLISHED[dimension].name) === null ? [] : [amountText(dimension, amountIn(record, dimension))],
    ),
    ...(numberIn(record, 'progress') === null ? [] : [`${numberIn(record, 'progress')}% complete`]),
    ...(textIn(record, 'phase') === null ? [] : [`phase ${textIn(record, 'phase')}`]),
  ];
  return parts.join(', ');
}

const reasonSuffix = (record: KeptRecord, key = 'why'): string => {
  const reason = textIn(record, key);
  return reason === null ? '' : `: ${WHY_RECLAIMED[reason] ?? reason}`;
};

/** Moves of budget between agents and their pool. */
function movesWords({ moves }: KeptRecord): string {
  const all = Array.isArray(moves) ? (moves as KeptRecord[]) : [];
  return `budget moved ${all.map(({ agent, kind }) => `${kind === 'reclaim' ? 'from' : 'to'} ${agent}`).join(', ')}`;
}

/** The cause of a wait, in words; null when the record names none. */
function causeOf(record: KeptRecord): string | null {
  const cause = causeIn(record);
  return typeof cause === 'string' ? causeText(cause) : null;
}

type Wording = (record: KeptRecord) => string;

/** Words of every kind; a missing kind is a type error. */
const WORDS: Readonly<Record<(typeof RECORD_KINDS)[number], Wording>> = {
  ...ENDING_WORDS,
  granted: (record) => {
    const waited = numberIn(record, 'waited_seconds') ?? 0;
    return `${slots(record)} granted${waited > 0 ? ` after ${durationWords(waited)}` : ''} (${textIn(record, 'lease')})`;
  },
  queued: (record) =>
    `requested ${slots(record)}, queued (${textIn(record, 'ticket')})${causeOf(record) === null ? '' : `: ${causeOf(record)}`}`,
  waiting: (record) => `${textIn(record, 'ticket')} waits: ${causeOf(record) ?? 'its requester has to ask again'}`,
  denied: (record) => `${slots(record)} denied${reasonSuffix(record, 'reason')}`,
  withdrawn: (record) => `gave up waiting for ${slots(record)} after ${seconds(record, 'waited_seconds')}`,
  dropped: (record) => `its request was dropped${reasonSuffix(record)}`,
  offered: (record) => `${slots(record)} offered (${textIn(record, 'ticket')})`,
  lapsed: ({ why }) =>
    why === 'waiter-gone' ? 'its request is skipped: the process that waited is gone' : 'an offer was not claimed',
  released: (record) => `${slots(record)} released after ${seconds(record, 'held_seconds') ?? 'an unknown time'}`,
  reclaimed: (record) => `${slots(record)} reclaimed${reasonSuffix(record)}`,
  ending: (record) => `${textIn(record, 'lease')} is being ended${reasonSuffix(record)}`,
  killed: (record) => `${textIn(record, 'lease')} was ended${reasonSuffix(record)}`,
  health: (record) => `the machine is ${textIn(record, 'to')}${reasonSuffix(record, 'reason')}`,
  'max-set': (record) => `max slots: ${numberIn(record, 'previous')} → ${numberIn(record, 'max_slots')}`,
  'clock-set': (record) => clockSetText(numberIn(record, 'seconds') ?? 0),
  usage: (record) => `used ${spent(record)}`,
  budget: (record) => `${textIn(record, 'from')} → ${textIn(record, 'to')}`,
  overrun: (record) => {
    const overrun = overrunIn(record);
    if (overrun === null) return 'exceeded its budget';
    const { dimension, allocated, consumed } = overrun;
    return `exceeded its budget: ${amountText(dimension, consumed)} of ${amountText(dimension, allocated)}`;
  },
  'budget-stopped': (record) => `stopped${reasonSuffix(record, 'reason')}`,
  rebalance: movesWords,
  pressure: (record) => `pool: ${textIn(record, 'from')} → ${textIn(record, 'to')}`,
  forecast: (record) => `${textIn(record, 'dimension')} forecast to be used up at ${textIn(record, 'exhausts_at')}`,
  run: (record) => `ran ${textIn(record, 'command')} for ${seconds(record, 'duration_seconds')}, exit ${record.exit}`,
  sample: sampleWords,
};

/** The figures that the sample has; those that could not be measured are left out. */
function sampleWords(record: KeptRecord): string {
  const figures = [
    ['cpu', 'cpu_percent', '%'],
    ['memory', 'memory_percent', '%'],
    ['load', 'load_average', ''],
  ] as const;
  const known = figures.flatMap(([name, key, unit]) => {
    const figure = numberIn(record, key);
    return figure === null ? [] : [`${name} ${figure}${unit}`];
  });
  return known.join(', ') || 'nothing could be measured';
}

/** Words of `budget-*` records: the order and the resulting allocations. */
function orderWords(record: KeptRecord): string {
  const verb = record.kind.slice('budget-'.length);
  const given = Array.isArray(record.allocated) ? (record.allocated as KeptRecord[]) : [];
  const amounts = given.map((one) => {
    const has = spent(one) || 'no limit';
    return given.length === 1 ? has : `${one.agent} ${has}`;
  });
  return `budget ${verb}${amounts.length === 0 ? '' : `: ${amounts.join('; ')}`}${reasonSuffix(record, 'reason')}`;
}

/** The words of a record, without its time and subject; in a pool for several users, with the number of the one who did it. */
export function recordWords({ uid, ...record }: KeptRecord): string {
  const words = ownWords(record as KeptRecord);
  return typeof uid === 'number' ? `${words} (user ${uid})`.trimStart() : words;
}

function ownWords(record: KeptRecord): string {
  // A later version may have written unknown kinds.
  const words: Wording | undefined = (WORDS as Readonly<Record<string, Wording>>)[record.kind];
  if (words !== undefined) return clean(words(record));
  if (record.kind.startsWith('budget-')) return clean(orderWords(record));
  const { at, kind, project, agent, workflow, ...rest } = record;
  return clean(Object.keys(rest).length === 0 ? '' : JSON.stringify(rest));
}

/** Subject of a record: agent, project or workflow; empty for the machine. */
export function subjectOf(record: KeptRecord): string {
  const [project, agent] = [textIn(record, 'project'), textIn(record, 'agent')];
  return clean(
    project !== null && agent !== null ? `${project}/${agent}` : (agent ?? project ?? textIn(record, 'workflow') ?? ''),
  );
}

const CSV_COLUMNS = [
  'at',
  'kind',
  'project',
  'agent',
  'workflow',
  'lease',
  'ticket',
  'slots',
  'waited_seconds',
  'held_seconds',
  'tokens',
  'time_seconds',
  'cost',
  'progress',
  'why',
  'reason',
] as const;

/** A cell by RFC 4180; an apostrophe keeps spreadsheets from reading a text as a formula. */
function csvCell(value: unknown): string {
  if (value === undefined || value === null) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const safe =
    typeof value === 'string' && /^[\s\p{Cc}]*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r]/u.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export const csvHead = [...CSV_COLUMNS, 'more'].join(',');

/** The usual columns, and all other fields as JSON in the last. */
export function csvRow(record: KeptRecord): string {
  const known = new Set<string>(CSV_COLUMNS);
  const more = Object.fromEntries(Object.entries(record).filter(([key]) => !known.has(key)));
  const cells = CSV_COLUMNS.map((key) => csvCell(key === 'at' ? new Date(record.at).toISOString() : record[key]));
  return [...cells, csvCell(Object.keys(more).length === 0 ? null : more)].join(',');
}

export const recordJson = (record: KeptRecord): Record<string, unknown> => ({
  ...record,
  at: new Date(record.at).toISOString(),
});
