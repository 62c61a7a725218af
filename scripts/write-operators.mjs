// Writes the tables of operators: what they mean in which operator set (from the official schemas), and which of them
// the pinned runtimes have, for which element types (by loading a model of one node for each). Also docs/onnx-operators.md.
// Run: PYTHON=path/to/python node scripts/write-operators.mjs, with the pinned onnx package in that Python.
// It takes four minutes of one core. `--check` makes all of it again and compares.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { operatorsPage } from './onnx/operators-page.mjs';
import { historyText, kernelsText } from './onnx/tables-text.mjs';
import { build } from './prepare.mjs';
import { writeOrCheck } from './write-or-check.mjs';

await build();
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const runtime = createRequire(new URL('../packages/runtime/package.json', import.meta.url));
const versionOf = (name) => JSON.parse(readFileSync(join(runtime.resolve(name), '../../package.json'), 'utf8')).version;
const versions = { native: versionOf('onnxruntime-node'), wasm: versionOf('onnxruntime-web') };

const directory = mkdtempSync(join(tmpdir(), 'callable-operators-'));
try {
  const python = process.env.PYTHON ?? 'python3';
  const schemas = execFileSync(python, [here('./onnx/read-schemas.py')], { maxBuffer: 2 ** 26, encoding: 'utf8' });
  const read = JSON.parse(schemas);
  const at = join(directory, 'schemas.json');
  writeFileSync(at, schemas);
  const measured = {};
  for (const engine of ['native', 'wasm']) {
    const out = join(directory, `${engine}.json`);
    // In a process of its own: a model that aborts ends the measuring, not this script.
    execFileSync(process.execPath, [here('./onnx/measure-kernels.mjs'), engine, at, out], {
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    measured[engine] = JSON.parse(readFileSync(out, 'utf8'));
    for (const odd of measured[engine].odd.filter((each) => !each.endsWith('no model')))
      process.stderr.write(`not known, ${engine}: ${odd}\n`);
  }
  writeOrCheck([
    [here('../packages/formats/src/onnx/operators/operator-history.ts'), historyText(read)],
    [
      here('../packages/formats/src/onnx/operators/native-kernels.ts'),
      kernelsText(measured.native, versions, read.onnx),
    ],
    [here('../docs/onnx-operators.md'), operatorsPage(measured, versions, read)],
  ]);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
