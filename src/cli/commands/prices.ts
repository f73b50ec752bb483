import { bookOf, isNewer } from '../../core/usage/pricing.ts';
import { EXIT } from '../../errors.ts';
import type { OpenPrices } from '../../ports/prices.ts';
import type { OpenStore } from '../../ports/store.ts';
import { keptText, pricesJson, pricesText } from '../../render/prices.ts';
import type { CommandSpec, RunCommand } from '../command.ts';
import { usageError, verbOf } from '../values.ts';

const MEANINGS = { list: 'shows the price of each model', update: 'keeps the prices of a file' };
const VERBS = Object.keys(MEANINGS) as (keyof typeof MEANINGS)[];

export const spec: CommandSpec = {
  about:
    'Shows the prices of models, by which usage in transcripts is counted, or keeps other ones from a file. Prices in config.yaml (prices:) come first, then kept ones that are at least as new as those of the program. Older kept prices count only for models that the program does not know.',
  examples: [
    ['resource-manager prices', 'every model, in US dollars for a million tokens, with the source'],
    ['resource-manager prices update --from prices.json', 'keep the prices of a file: all of it, or nothing'],
    ['resource-manager prices update --from prices.json --dry-run', 'only check the file'],
  ],
  operands: [{ name: 'list|update', required: false, help: 'what to do; without it, list' }],
  options: [
    {
      name: 'from',
      value: 'FILE',
      help: 'with update: the model prices of LiteLLM, or an answer of prices --json',
    },
    { name: 'dry-run', short: 'n', help: 'with update: check the file, and keep nothing' },
  ],
  verbs: MEANINGS,
  exits: [
    [65, 'the file contains no sound prices; nothing is changed'],
    [66, 'there is no such file'],
  ],
};

export const run: RunCommand<OpenStore & OpenPrices> = async (invocation, ports) => {
  const verb = verbOf('prices', VERBS, invocation.operands[0] ?? 'list');
  const from = invocation.options.get('from');
  if (verb === 'list' && (from !== undefined || invocation.has('dry-run')))
    throw usageError('--from and --dry-run belong to prices update', 'add update, or leave them out');
  if (verb === 'update' && from === undefined) throw usageError('prices update needs a file', 'name it: --from FILE');
  const store = await ports.openStore();
  const prices = await ports.openPrices();
  const { environment } = await store.read();
  if (from !== undefined) {
    const read = prices.read(from);
    if (!invocation.has('dry-run')) prices.keep(read);
    const isDryRun = invocation.has('dry-run');
    invocation.answer({
      json: () => pricesJson(bookOf(environment.settings.prices, read), read),
      text: () => keptText(read, isNewer(read), isDryRun),
    });
    return EXIT.ok;
  }
  const kept = prices.kept();
  const book = bookOf(environment.settings.prices, kept);
  invocation.answer({
    json: () => pricesJson(book, kept),
    text: () => pricesText(book, kept, invocation.out.styles),
  });
  return EXIT.ok;
};
