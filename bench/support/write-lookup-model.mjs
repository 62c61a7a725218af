import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildModel } from '@callable/formats/build';

const columns = 1000;
const rowBytes = 4 * columns;

/**
 * A folder with a model whose weights are a table of that many megabytes in a file beside it: given a number of a row,
 * it answers the row. `rowOf` says what the right answer is.
 */
export async function writeLookupModel(folder, megabytes, salt = 1) {
  const rows = Math.round((megabytes * 1e6) / rowBytes);
  await mkdir(folder, { recursive: true });
  const file = await open(join(folder, 'weights.bin'), 'w');
  const values = new Float32Array(1000 * columns);
  for (let row = 0; row < rows; row += 1000) {
    const count = Math.min(1000, rows - row);
    for (let at = 0; at < count; at++) fillRow(values, at * columns, salt, row + at);
    await file.write(new Uint8Array(values.buffer, 0, count * rowBytes));
  }
  await file.close();
  const external = { location: 'weights.bin', offset: 0, length: rows * rowBytes };
  const model = buildModel({
    producer: `lookup-${salt}`,
    inputs: [{ name: 'row', datatype: 'INT64', shape: [1] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: [1, columns] }],
    nodes: [{ op: 'Gather', inputs: ['w', 'row'], outputs: ['y'] }],
    initializers: [{ name: 'w', datatype: 'FP32', shape: [rows, columns], external }],
  });
  await writeFile(join(folder, 'model.onnx'), model);
  await writeFile(join(folder, 'callable.json'), '{}');
  const rowOf = (row) => {
    const one = new Float32Array(columns);
    fillRow(one, 0, salt, row);
    return [...one];
  };
  return { folder, rows, bytes: rows * rowBytes + model.length, rowOf };
}

/** Whole numbers that are exact in a float; the first tells the row and the second the salt, so no chunk is like another. */
function fillRow(values, at, salt, row) {
  for (let column = 0; column < columns; column++) values[at + column] = (row * 7919 + column * 104_729) % 65_521;
  values[at] = row;
  values[at + 1] = salt;
}
