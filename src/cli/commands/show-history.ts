import { DAY_MS, type Instant } from '../../core/model/instants.ts';
import type { KeptRecord } from '../../core/model/record.ts';
import { Series } from '../../core/report/series.ts';
import { Tally } from '../../core/report/tally.ts';
import { EXIT } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { HistorySelection, ReadHistory } from '../../ports/history.ts';
import type { OpenStore } from '../../ports/store.ts';
import { historyText } from '../../render/history/history.ts';
import { csvHead, csvRow, recordJson } from '../../render/history/record.ts';
import type { CommandSpec, RunCommand } from '../command.ts';
import { isAbout, kindsOf, refuseUnknownName } from '../history-words.ts';
import { instantOf, sinceIn, sinceOption } from '../instant-words.ts';
import type { Invocation } from '../invocation.ts';
import { count, usageError } from '../values.ts';

export const spec: CommandSpec = {
  about:
    'Shows past events, with a plot of slots, queue, memory and processors above them. The history keeps 90 days or 1 GB at most (history in config.yaml).',
  examples: [
    ['resource-manager history', 'the last day'],
    ['resource-manager history consilio --since 7d', 'one project, a week'],
    ['resource-manager history --kind killed,reclaimed --json', 'which agents were ended, and why'],
    ['resource-manager history --since 30d --csv > events.csv', 'for a spreadsheet'],
  ],
  operands: [{ name: 'PROJECT', required: false, help: 'a project with its agents, or PROJECT/AGENT' }],
  options: [
    sinceOption('24h'),
    {
      name: 'until',
      value: 'WHEN',
      help: 'end: a time back from now, today, yesterday, or an instant in UTC',
      default: 'now',
    },
    { name: 'kind', value: 'KINDS', help: 'only these kinds of events, with commas' },
    { name: 'last', value: 'N', help: 'only the latest N events', default: '20, or all with --json and --csv' },
    { name: 'csv', help: 'print a header and one event per line, for a spreadsheet' },
  ],
  exits: [[66, 'no project or agent has this name']],
};

const SHOWN = 20;
const LABELS = 40;

/** The latest `most` items. */
class Latest<T> {
  #items: T[] = [];
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  push(item: T): void {
    this.#items.push(item);
    if (this.#items.length > 2 * this.#most) this.#items = this.#items.slice(-this.#most);
  }

  get all(): readonly T[] {
    return this.#items.slice(-this.#most);
  }
}

interface Pages {
  add(record: KeptRecord): void;
  /** Ends the document with the number of records. */
  end(count: number): void;
}

/** Records per write; a long history is printed in pages, so it needs little memory. */
const PAGE = 1000;

function tablePages(answer: (text: string) => void): Pages {
  let rows = [csvHead];
  const flush = (): void => {
    if (rows.length > 0) answer(rows.join('\n'));
    rows = [];
  };
  return {
    add(record) {
      rows.push(csvRow(record));
      if (rows.length >= PAGE) flush();
    },
    end: flush,
  };
}

/** Prints one JSON document in pages, with white space between them. */
function documentPages(answer: (text: string) => void): Pages {
  let texts: string[] = [];
  let head = '{"schema_version":1,"records":[';
  const flush = (tail: string): void => {
    answer(`${head}${texts.join(',')}${tail}`);
    head = '';
    texts = [];
  };
  return {
    add(record) {
      // Each page but the last ends with the separating comma.
      if (texts.length >= PAGE) flush(',');
      texts.push(JSON.stringify(recordJson(record)));
    },
    end: (count) => flush(`],"count":${count}}`),
  };
}

interface Wanted extends HistorySelection {
  readonly since: Instant;
  readonly until: Instant;
}

function wanted(invocation: Invocation, now: Instant): Wanted {
  const since = sinceIn(invocation, now, DAY_MS);
  const until = invocation.option('until', (text) => Math.min(now, instantOf('--until', text, now)) as Instant) ?? now;
  if (since >= until) throw usageError('--since must be before --until', 'a duration counts back from now');
  return { since, until, kinds: invocation.option('kind', kindsOf) };
}

export const run: RunCommand<Clock & OpenStore & ReadHistory> = async (invocation, ports) => {
  const [only] = invocation.operands;
  const now = ports.now();
  const selection = wanted(invocation, now);
  const isTable = invocation.has('csv');
  if (isTable && invocation.has('json')) throw usageError('--csv and --json are two answers', 'ask for one of them');
  const most = invocation.option('last', (text) => count('--last', text));
  const isMeant = only === undefined ? () => true : isAbout(only);
  const latest = new Latest<KeptRecord>(most ?? SHOWN);
  let found = 0;
  const keep = (record: KeptRecord): boolean => {
    const isKept = record.at >= selection.since && isMeant(record) && selection.kinds?.has(record.kind) !== false;
    if (isKept) found += 1;
    return isKept;
  };
  const store = await ports.openStore();
  const snapshot = await store.read();
  const { state, environment } = snapshot;
  const reader = await ports.readHistory();
  const refuseUnknown = (): void => {
    if (only !== undefined && found === 0) refuseUnknownName(only, snapshot, reader);
  };
  if (isTable || invocation.has('json')) {
    const { answer } = invocation.out;
    const pages = isTable ? tablePages(answer) : documentPages(answer);
    if (most === null) reader.each(selection, (record) => keep(record) && pages.add(record));
    else {
      reader.each(selection, (record) => keep(record) && latest.push(record));
      for (const record of latest.all) pages.add(record);
    }
    refuseUnknown();
    pages.end(found);
    return EXIT.ok;
  }
  // Earlier records tell the tally which leases were held when the time began.
  const { since, until } = selection;
  const tally = new Tally(environment.settings, state.maxSlots, { since, until });
  const series = new Series(state.maxSlots, since, until, Math.min(60, Math.max(10, invocation.out.width - LABELS)));
  reader.each({ until }, (record) => {
    if (keep(record)) latest.push(record);
    if (only !== undefined && !isMeant(record) && record.kind !== 'sample') return;
    tally.take(record);
    series.take(record);
  });
  refuseUnknown();
  tally.close();
  const projects = [...tally.projects.values()].sort((a, b) => b.slotMs - a.slotMs);
  const points = series.points();
  const view = { since, until, points, end: series.end(), projects, records: latest.all, count: found };
  invocation.out.answer(historyText(view, invocation.out.styles, invocation.out.width));
  return EXIT.ok;
};
