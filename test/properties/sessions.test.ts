import { describe, it } from 'vitest';
import { realCore } from './core.ts';
import { eachAgentHasALease } from './sessions.ts';

describe('agents inside a session', () => {
  it('have one lease each while they work, and none after all have ended', () => {
    eachAgentHasALease(realCore, { runs: 4_000 });
  });
});
