/**
 * Mutated inputs with a fixed seed: no internal error, no byte changed in what is refused, no state written that is refused
 * when it is read. bench/mutated-inputs.mjs feeds a million, and repeats input N of a seed: `--seed SEED --from N`.
 */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readPrices } from '../../src/core/usage/price-file.ts';
import { readSettingsText } from '../../src/host/integrate/read-json.ts';
import { readConfig } from '../../src/store/config/config-file.ts';
import { binary, temporaryFolder } from '../helpers/cli.ts';
import { feed, feedCommands } from './feed.ts';
import { CONFIG, PRICES, SETTINGS, soundDocuments } from './samples.ts';

/** Always the same, unless the soak sets another. */
const seed = Number(process.env.PROPERTY_SEED ?? 12);
const [INPUTS, COMMANDS] = [25_000, 250];

it('are made from sound ones, so that a refusal is due to the mutation', async () => {
  await readConfig('config.yaml', CONFIG);
  await soundDocuments();
  readPrices(PRICES, 'prices.json', '2026-11-28');
  for (const text of SETTINGS) readSettingsText('settings.json', text);
});

it('of the readers break no promise', async () => {
  const { found, fed } = await feed({ seed, from: 0, to: INPUTS });
  expect({ seed, found, fed }).toEqual({ seed, found: [], fed: INPUTS });
}, 600_000);

it('of the commands break no promise', async () => {
  const place = { folder: join(temporaryFolder(), 'place'), program: binary('resource-manager') };
  const { found, fed } = await feedCommands({ seed, from: 0, to: COMMANDS }, place);
  expect({ seed, found, fed }).toEqual({ seed, found: [], fed: COMMANDS });
}, 600_000);
