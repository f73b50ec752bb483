/** Causes of past waits, in words; a new reason does not compile without its words. */
import type { Reason } from '../core/reason.ts';

const WORDS: Readonly<Record<Reason, string>> = {
  'insufficient-slots': 'too few slots were free',
  'behind-others': 'others asked first',
  'project-limit': 'its project was at its limit',
  'exceeds-maximum': 'it asked for more than the machine has',
  'low-memory': 'too little memory was free',
  'health-degraded': 'the machine was under strain',
  'health-critical': 'the machine was critical',
  'start-spacing': 'grants were spaced apart (start_spacing)',
  'would-deadlock': 'it asked from inside the leases that held the slots',
  paused: 'the pool was paused',
};

/** The words of a cause; a cause that a later version has written is shown as it is. */
export const causeText = (cause: string): string => (Object.hasOwn(WORDS, cause) ? WORDS[cause as Reason] : cause);
