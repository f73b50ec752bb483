import { describe, it } from 'vitest';
import { obeys } from './checks.ts';
import { realCore } from './core.ts';
import { LAWS } from './laws.ts';

describe('after any steps, deaths and clock jumps', () => {
  it.each(Object.keys(LAWS))('%s', (name) => {
    const law = LAWS[name];
    if (law) obeys(law)(realCore, { runs: 250 });
  });
});
