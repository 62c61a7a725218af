import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect } from 'vitest';

// Once for each process of tests, which may run many files: its own temporary directory, and a line to the guard.
const run = process.env['CALLABLE_TEST_RUN'];
const directory = join(run ?? '', `w${process.pid}`);
if (run && process.env['TMPDIR'] !== directory) {
  mkdirSync(directory, { mode: 0o711 });
  process.env['TMPDIR'] = directory;
  const line = connect(join(run, 'guard'));
  line.on('error', () => undefined);
  line.write(`${directory}\n`);
  line.unref();
}

// Vitest compares bytes one by one, as members of an object: 7 µs each, seconds for a file.
expect.addEqualityTesters([
  (one, other) =>
    one instanceof Uint8Array && other instanceof Uint8Array && one.constructor === other.constructor
      ? Buffer.compare(one, other) === 0
      : undefined,
]);
