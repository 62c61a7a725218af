import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { checkout } from './support/spawn-callable.ts';

const python = process.env['PYTHON'] ?? 'python3';
const { status } = spawnSync(python, ['-c', 'import onnx'], { stdio: 'ignore' });
const reason = status === 0 ? '' : ` (not made: ${python} has no onnx package; PYTHON names one that has)`;

/** A table that is stale names an opset that does not run, or keeps a model away that does. Two minutes of one core. */
it.skipIf(reason !== '')(
  `the tables of operators are what the runtimes load today${reason}`,
  async () => {
    const script = ['scripts/write-operators.mjs', '--check'];
    const made = promisify(execFile)(process.execPath, script, {
      cwd: checkout,
      env: { ...process.env, PYTHON: python },
    });
    await expect(made).resolves.toBeDefined();
  },
  1_200_000,
);
