import { defineConfig } from 'vitest/config';

const long = process.env.GANTRY_TEST_LONG === '1';
const seconds = 1000;
const minutes = 60 * seconds;

/** Folders of tests/ that are projects of their own. */
const apart = ['journeys', 'browser', 'faults', 'fuzz', 'soak'] as const;

/** Tests that kill processes or measure time run one file at a time. */
function heavyProject(name: (typeof apart)[number], testTimeout: number) {
  return {
    extends: true as const,
    test: { name, include: [`tests/${name}/**/*.test.ts`], fileParallelism: false, testTimeout },
  };
}

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30 * seconds,
    hookTimeout: 60 * seconds,
    teardownTimeout: 30 * seconds,
    passWithNoTests: true,
    globalSetup: ['./tests/setup/global-setup.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            '{contracts,kit,services,scripts,bench,tests}/**/*.test.ts',
            'web/src/**/*.test.{ts,tsx}',
          ],
          exclude: ['**/node_modules/**', '**/dist/**', ...apart.map((name) => `tests/${name}/**`)],
        },
      },
      heavyProject('journeys', 2 * minutes),
      heavyProject('browser', 3 * minutes),
      heavyProject('faults', (long ? 60 : 3) * minutes),
      heavyProject('fuzz', (long ? 60 : 3) * minutes),
      heavyProject('soak', (long ? 240 : 3) * minutes),
    ],
  },
});
