import { formatTable } from '@callable/formats';
import { runtimeTable } from '@callable/runtime';
import { testFormat } from './test-format.ts';
import { testRuntime } from './test-runtime.ts';

/** The table of formats with the toy in it. */
export const testFormats = { ...formatTable, test: testFormat };

/** The table of runtimes with the toy's in it. */
export const testRuntimes = {
  ...runtimeTable,
  test: testRuntime('answers'),
  'test-judge': testRuntime('judged'),
};
