/** Checks of the arguments that a program passes. */
import { EXIT, ExpectedError } from '../errors.ts';

export const usage = (message: string, hint: string): ExpectedError =>
  new ExpectedError('usage', message, { hint, exit: EXIT.usage });

/** The value, if it is a whole number from `least` up; else throws ExpectedError 64. */
export function wholeNumber(what: string, value: number, least = 1): number {
  if (!Number.isSafeInteger(value) || value < least)
    throw usage(`${what} must be a whole number from ${least} up, got ${value}`, 'pass an integer');
  return value;
}
