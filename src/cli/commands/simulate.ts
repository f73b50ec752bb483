import type { Instant } from '../../core/model/instants.ts';
import { STRATEGIES, type StrategyName } from '../../core/settings/settings.ts';
import { PastRequests, REQUEST_KINDS } from '../../core/simulate/requests.ts';
import { simulate } from '../../core/simulate/simulate.ts';
import { EXIT, ExpectedError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ReadHistory } from '../../ports/history.ts';
import type { OpenStore } from '../../ports/store.ts';
import { simulationJson, simulationText } from '../../render/simulate.ts';
import type { CommandSpec, RunCommand } from '../command.ts';
import { sinceIn, sinceOption } from '../instant-words.ts';
import { count, oneOf, quoted } from '../values.ts';

export const spec: CommandSpec = {
  about:
    'Replays the requests of the history under other settings, so that a strategy or a size of the pool can be tried before switching.',
  examples: [
    ['resource-manager simulate', 'the last week under each strategy'],
    [
      'resource-manager simulate --strategy fair-share --max 30',
      'one strategy with more slots, beside the present settings',
    ],
    ['resource-manager simulate --from backup/history --since 30d', 'another history'],
  ],
  operands: [],
  options: [
    {
      name: 'from',
      value: 'HISTORY',
      help: 'folder of a state, folder of a history, or one *.jsonl of it',
      default: 'the history of this state',
    },
    {
      name: 'strategy',
      value: 'STRATEGY',
      help: 'try only this one beside the present one: fifo, fair-share or priority',
    },
    { name: 'max', value: 'N', help: 'size of the pool', default: 'its present size' },
    sinceOption('7d'),
  ],
  exits: [[66, 'the history has no request in that time']],
};

/** Only the latest requests are replayed; more would take minutes. */
const MOST = 20_000;

const strategyOf = (text: string): StrategyName =>
  oneOf(STRATEGIES, text, `--strategy does not accept ${quoted(text)}`);

export const run: RunCommand<Clock & OpenStore & ReadHistory> = async (invocation, ports) => {
  const only = invocation.option('strategy', strategyOf);
  const max = invocation.option('max', (text) => count('--max', text));
  const now = ports.now();
  const since = sinceIn(invocation, now);
  const store = await ports.openStore();
  const { state, environment } = await store.read();
  const past = new PastRequests();
  const reader = await ports.readHistory(invocation.options.get('from'));
  reader.each({ since, kinds: REQUEST_KINDS }, (record) => past.take(record));
  const found = past.all();
  const requests = found.slice(-MOST);
  const [first] = requests;
  if (first === undefined)
    throw new ExpectedError('no-requests', 'there are no requests in that time', {
      hint: 'look further back with --since 30d, or at another history with --from',
      exit: EXIT.noSuchThing,
    });
  if (found.length > MOST) invocation.note(`note: the latest ${MOST} of ${found.length} requests`);
  const { settings } = environment;
  const maxSlots = max ?? state.maxSlots;
  const strategies = only === null ? STRATEGIES : [...new Set([settings.strategy, only])];
  const current = { strategy: settings.strategy, maxSlots: state.maxSlots };
  const wanted = strategies.map((strategy) => ({
    strategy,
    maxSlots: strategy === only || only === null ? maxSlots : state.maxSlots,
  }));
  const isCurrent = (one: (typeof wanted)[number]): boolean =>
    one.strategy === current.strategy && one.maxSlots === current.maxSlots;
  // The present settings are always among the variants.
  const all = wanted.some(isCurrent) ? wanted : [current, ...wanted];
  const variants = all.map((one) => ({
    ...one,
    isCurrent: isCurrent(one),
    result: simulate(requests, { ...settings, strategy: one.strategy, slotMemoryBytes: 0 }, one.maxSlots),
  }));
  const until = requests.reduce((last, { at, holdMs }) => Math.max(last, at + holdMs), first.at) as Instant;
  const view = {
    since: Math.round(first.at) as Instant,
    until: Math.round(until) as Instant,
    requests: requests.length,
    variants,
  };
  invocation.answer({ json: () => simulationJson(view), text: () => simulationText(view, invocation.out.styles) });
  return EXIT.ok;
};
