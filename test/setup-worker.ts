import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

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
