import { describe, it } from 'vitest';
import { CHECKS } from './checks.ts';
import { realCore } from './core.ts';

describe('always', () => {
  it.each(Object.keys(CHECKS))('%s', (name) => {
    CHECKS[name]?.(realCore, { runs: 200 });
  });
});
