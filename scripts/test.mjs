// npm test: a fresh clone can be tested. Arguments go to Vitest: npm test -- packages/protocol
// --all, and any argument that names a storm, runs the storms too (docs/tests.md).
import { prepare } from './prepare.mjs';

try {
  await prepare();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
const words = process.argv.slice(2);
const isAll = words.some((word) => word === '--all' || word.includes('storm'));
if (!isAll) process.stdout.write('Without the storms (*.storm.test.ts). All tests: npm run test:all\n');
process.env.CALLABLE_TESTS = isAll ? 'all' : 'quick';
process.env.NODE_ENV ??= 'test';
process.env.CALLABLE_PREPARED = '1';
process.argv.splice(2, words.length, 'run', ...words.filter((word) => word !== '--all'));
await import('../node_modules/vitest/vitest.mjs');
