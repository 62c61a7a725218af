import { createHash } from 'node:crypto';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildModel } from '@callable/formats/build';

const columns = 16;
const rowBytes = 4 * columns;

export type LookupModel = {
  folder: string;
  /** Bytes of all its files. */
  bytes: number;
  rows: number;
  /** What the model answers for this row, without any model. */
  expected: (row: number) => number[];
};

/** A folder with a model whose weights are a large table beside it: given a number of a row, it answers the row. */
export async function writeLookupModel(folder: string, size: number, salt: number): Promise<LookupModel> {
  const rows = Math.floor(size / rowBytes);
  await mkdir(folder, { recursive: true });
  const file = await open(join(folder, 'weights.bin'), 'w');
  for (let row = 0; row < rows; row += 1024) {
    const count = Math.min(1024, rows - row);
    const piece = Buffer.concat(Array.from({ length: count }, (_, at) => rowOf(salt, row + at)));
    await file.write(piece);
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
  const expected = (row: number) => [...new Float32Array(new Uint8Array(rowOf(salt, row)).buffer)];
  return { folder, bytes: rows * rowBytes + model.length, rows, expected };
}

/** Sixteen small whole numbers no other row has in this order: exact in a float, and no chunk is like another. */
function rowOf(salt: number, row: number): Buffer {
  const digest = createHash('sha256').update(`${salt} ${row}`).digest();
  return Buffer.from(Float32Array.from({ length: columns }, (_, at) => digest.readUInt16LE(2 * at)).buffer);
}
