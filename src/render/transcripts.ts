/** Statements about what could not be read or priced in transcripts. */
import { DEAREST } from '../core/usage/pricing.ts';
import { plural } from './text/counts.ts';

/** What a reading could not use; structurally a part of the port's reading. */
export interface Unread {
  /** Lines with usage that are no JSON. */
  readonly unparsed: number;
  /** Files and folders. */
  readonly unreadable: readonly string[];
}

/** What usage of an unknown model costs, in a few words. */
export const dearestText = `like ${DEAREST.name}, at $${DEAREST.price.input} a million tokens in and $${DEAREST.price.output} out`;

/** A line with the models that have no known price; none without any. */
export const unknownLines = (models: readonly string[]): string[] =>
  models.length === 0 ? [] : [`   no known price: ${models.join(', ')}; counted ${dearestText}`];

const MOST_NAMED = 5;

/** A line for each file that could not be read, the first five by name, and one for broken lines. */
export function unreadLines({ unparsed, unreadable }: Unread): string[] {
  const more = unreadable.length - MOST_NAMED;
  return [
    ...(unparsed === 0 ? [] : [`${plural(unparsed, 'line')} could not be read: figures may be too low`]),
    ...unreadable.slice(0, MOST_NAMED).map((path) => `cannot read ${path}: its usage is missing`),
    ...(more > 0 ? [`cannot read ${more} more: their usage is missing`] : []),
  ];
}
