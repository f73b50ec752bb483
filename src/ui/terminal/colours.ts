/**
 * Cleans texts for the terminal. Our colours carry a number that no foreign text can know; every other escape and control
 * character is written out instead of sent.
 */
import { shown } from '../../core/shown.ts';

const BEGINNING = '\u001b[';
const OWN = `${BEGINNING}${process.hrtime.bigint()};`;

/** The text as it is sent: with our colours, and without any other escape. */
export const toTerminal = (text: string): string => text.split(OWN).map(shown).join(BEGINNING);

/** The colour as `toTerminal` lets it pass. */
export const ownColour =
  (colour: (text: string) => string) =>
  (text: string): string =>
    colour(toTerminal(text)).replaceAll(BEGINNING, OWN);
