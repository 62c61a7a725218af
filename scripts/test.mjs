// npm test: a fresh clone can be tested. Arguments go to Vitest: npm test -- packages/protocol
import { prepare } from './prepare.mjs';

try {
  await prepare();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
process.env.NODE_ENV ??= 'test';
process.env.CALLABLE_PREPARED = '1';
process.argv.splice(2, 0, 'run');
await import('../node_modules/vitest/vitest.mjs');
