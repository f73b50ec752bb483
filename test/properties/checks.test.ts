import { describe, it } from 'vitest';
import { CHECKS } from './checks.ts';
import { realCore } from './core.ts';

describe('properties of the core', () => {
  it.each(Object.keys(CHECKS))('%s', (name) => {
    CHECKS[name]?.(realCore, { runs: 200 });
  });
});
