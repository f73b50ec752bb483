import { describe, it } from 'vitest';
import { realCore } from './core.ts';
import { eachAgentHasALease } from './sessions.ts';

describe('agents inside a session', () => {
  it('have a lease each while they work, and none when all is over', () => {
    eachAgentHasALease(realCore, { runs: 4_000 });
  });
});
