import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Files of these start processes or load a model runtime: each gets a process, and what it leaves ends with it. */
const isolated = ['e2e', 'local', 'node-processes', 'postgres', 'runtime', 'test-engine'];

/** Most files of a node start none: 18 of 25 in a process for all. */
const nodeProcesses = [
  'src/{start-node,audits/audit-call,cache/interrupted-fetches,checks/check-release,kept-calls/killed-node,recompute/recompute-release,recompute/recompute-task}',
  'src/replicas/replica',
  'test/second-format',
].map((path) => `packages/node/${path}.test.ts`);

/** Storms come at random moments and take long: `npm run test:all` runs them, `npm test` does not (docs/tests.md). */
const storms = process.env['CALLABLE_TESTS'] === 'quick' ? ['**/*.storm.test.ts'] : [];

/** The files of one folder. Where they share a process, none pays 0.4 to 1.7 CPU seconds before its first test. */
const project = (name: string, include: string[], exclude: string[] = []) => ({
  test: {
    name,
    include,
    exclude: ['**/node_modules/**', '**/dist/**', ...storms, ...exclude],
    pool: 'forks' as const,
    isolate: isolated.includes(name),
    setupFiles: ['test/setup-worker.ts'],
    server: { deps: { external: [/\/packages\/[^/]+\/dist\//] } },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});

const names = createHash('sha256').update(readFileSync('package-lock.json'));
for (const path of readdirSync('packages').map((name) => `packages/${name}/package.json`))
  if (existsSync(path)) names.update(readFileSync(path));

export default defineConfig({
  test: {
    experimental: {
      // What Vite makes of a source, by its bytes: a tenth of the CPU time of short files (docs/decisions/0018-tests.md).
      fsModuleCache: true,
      // Imports are resolved in it: kept only while what their names stand for does not change.
      fsModuleCachePath: `node_modules/.cache/callable/modules-${names.digest('hex').slice(0, 16)}`,
    },
    globalSetup: ['scripts/prepare-tests.mjs', 'test/global-setup.ts', 'packages/hub/test/global-setup.ts'],
    // Two at a time also on a machine of two cores, where one is the default: many tests wait for other processes.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      ...readdirSync('packages').map((name) =>
        project(name, [`packages/${name}/{src,test}/**/*.test.ts`], name === 'node' ? nodeProcesses : []),
      ),
      project('node-processes', nodeProcesses),
      project('e2e', ['e2e/**/*.test.ts']),
    ],
  },
});
