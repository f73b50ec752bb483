import { defineConfig } from 'vitest/config';

/**
 * Tests that run while no other one does: the first measures the whole machine, where a browser looks like a memory hog;
 * the second has deadlines of five seconds under a load of its own.
 */
const ALONE = ['test/app/monitor/monitor.test.ts', 'test/app/hook/lost-events.test.ts'];

// Real processes on a small machine: a hang is caught by deadlines in the tests, these are the net below them.
const limits = { testTimeout: 60_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    pool: 'forks',
    setupFiles: ['test/helpers/property-seed.ts'],
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
      ...ALONE.map((file, at) => ({
        extends: true as const,
        test: { ...limits, name: `alone ${at + 1}`, include: [file], sequence: { groupOrder: at + 1 } },
      })),
    ],
  },
});
