import { defineConfig } from 'vitest/config';

/** What measures the whole machine runs when nothing else does: a browser beside it would be taken for a memory hog. */
const ALONE = ['test/app/monitor/monitor.test.ts'];

// Real processes on a small machine: a hang is caught by deadlines in the tests, these are the net below them.
const limits = { testTimeout: 60_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          ...limits,
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: ALONE,
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { ...limits, name: 'alone', include: ALONE, sequence: { groupOrder: 1 } } },
    ],
  },
});
