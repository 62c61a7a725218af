import { fileURLToPath } from 'node:url';
import type { RuntimeRow } from '@callable/runtime';

/** The built file also when tests import the source. */
const runner = fileURLToPath(new URL('./runner/main.js', import.meta.url)).replace(
  /([\\/])src([\\/]runner[\\/]main\.js)$/,
  '$1dist$2',
);

/** The row of the toy's runtime; `judged` is the one that settles disputes. */
export function testRuntime(as: 'answers' | 'judged'): RuntimeRow {
  return {
    runner,
    args: () => [as],
    streams: true,
    emptyRunnerBytes: 4 * 1024 ** 3,
    async describe(_source, version) {
      return {
        runtime: as === 'judged' ? 'test-judge' : 'test-engine',
        version,
        binarySha256: '0'.repeat(64),
        threads: 1,
        arch: `${process.platform}-${process.arch}`,
        node: process.version,
        settings: {},
      };
    },
  };
}
