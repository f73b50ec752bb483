/** What a program passes, checked. */
import { EXIT, ExpectedError } from '../errors.ts';

export const usage = (message: string, hint: string): ExpectedError =>
  new ExpectedError('usage', message, { hint, exit: EXIT.usage });

/** Throws ExpectedError 64 for anything but a whole number from `least` up. */
export function wholeNumber(what: string, value: number, least = 1): number {
  if (!Number.isSafeInteger(value) || value < least)
    throw usage(`${what} must be a whole number from ${least} up, got ${value}`, 'pass an integer');
  return value;
}
