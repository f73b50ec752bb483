/** The prices of models as text and as JSON. */
import { type ReadPrices, tableJson } from '../core/usage/price-file.ts';
import { PRICES_AS_OF, type Price, SOURCES } from '../core/usage/prices.ts';
import { DEAREST, isNewer, type KeptPrices, type PriceBook } from '../core/usage/pricing.ts';
import type { Styles } from '../ports/styles.ts';
import { plural } from './text/counts.ts';
import { table } from './text/table.ts';
import { dearestText } from './transcripts.ts';

const asOf = (kept: KeptPrices | null): string => (kept !== null && isNewer(kept) ? kept.asOf : PRICES_AS_OF);

const sourceText = (source: string): string => {
  const known = Object.hasOwn(SOURCES, source) ? SOURCES[source as keyof typeof SOURCES] : null;
  return known === null ? source : `${known.name}, ${known.at}`;
};

const dollars = (price: number): string => `$${Math.round(price * 1e6) / 1e6}`;

/** A row for the price of each model that holds today, by name. */
export function pricesText(book: PriceBook, kept: KeptPrices | null, styles: Styles): string {
  const rows = Object.keys(book.table)
    .sort()
    .map((model) => {
      const price = book.table[model]?.at(-1) as Price;
      const rates = [price.input, price.output, price.cacheRead, price.cacheWrite5m, price.cacheWrite1h];
      return [model, ...rates.map(dollars), sourceText(price.source)];
    });
  return [
    `US dollars for a million tokens, as of ${asOf(kept)}`,
    ...table(['Model', 'In', 'Out', 'Cache read', 'Cache write', 'For an hour', 'Source'], rows, styles),
    `An unknown model is counted ${dearestText}`,
  ].join('\n');
}

/** The outcome of `prices update`. */
export function keptText({ table: models, asOf: day, skipped, source }: ReadPrices, isNew: boolean, isDryRun: boolean) {
  const count = plural(Object.keys(models).length, 'model');
  return [
    `${isDryRun ? 'would keep' : 'kept'} the prices of ${count} from ${source}, as of ${day}`,
    ...(skipped === 0 ? [] : [`   ${plural(skipped, 'model')} without a price for text`]),
    ...(isNew ? [] : [`   older than the program's prices (${PRICES_AS_OF}): only models that it does not know count`]),
  ].join('\n');
}

export const pricesJson = (book: PriceBook, kept: KeptPrices | null) => ({
  schema_version: 1,
  as_of: asOf(kept),
  unknown_model_costs_like: DEAREST.name,
  models: tableJson(book.table),
});
