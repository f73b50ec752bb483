/** The outcome of a commit, if it is of the kind that the command has. */
import type { Environment } from '../core/environment.ts';
import type { Outcome } from '../core/transition.ts';
import { InternalError } from '../errors.ts';
import { refusalError } from '../render/refusal.ts';

/** The outcome. Throws ExpectedError for a refusal, and InternalError `fault` for an outcome of another kind. */
export function outcomeOf<Kind extends Outcome['kind']>(
  { outcome, environment }: { readonly outcome: Outcome; readonly environment: Environment },
  kind: Kind,
  fault: string,
): Extract<Outcome, { readonly kind: Kind }> {
  if (outcome.kind === 'refused') throw refusalError(outcome.refusal, environment.here);
  if (outcome.kind !== kind) throw new InternalError(fault, `expected the outcome ${kind}, got ${outcome.kind}`);
  return outcome as Extract<Outcome, { readonly kind: Kind }>;
}
