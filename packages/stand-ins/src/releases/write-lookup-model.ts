import { createHash } from 'node:crypto';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lookupModel } from './lookup-model.ts';

export type LookupModel = {
  folder: string;
  /** Bytes of all its files. */
  bytes: number;
  rows: number;
  /** What the model answers for this row, without any model. */
  expected: (row: number) => number[];
};

/** Writes one row of the table; no two rows of any salts may be alike, or their chunks would be sent once. */
export type FillRow = (values: Float32Array, salt: number, row: number) => void;

/** A folder with a model whose weights are a large table beside it: given a number of a row, it answers the row. */
export async function writeLookupModel(
  folder: string,
  size: number,
  salt: number,
  { columns = 16, fillRow = hashRow }: { columns?: number; fillRow?: FillRow } = {},
): Promise<LookupModel> {
  const rows = Math.floor(size / (4 * columns));
  await mkdir(folder, { recursive: true });
  const file = await open(join(folder, 'weights.bin'), 'w');
  const values = new Float32Array(1024 * columns);
  for (let row = 0; row < rows; row += 1024) {
    const count = Math.min(1024, rows - row);
    for (let at = 0; at < count; at++) fillRow(values.subarray(at * columns, (at + 1) * columns), salt, row + at);
    await file.write(new Uint8Array(values.buffer, 0, 4 * count * columns));
  }
  await file.close();
  const external = { location: 'weights.bin', offset: 0, length: 4 * rows * columns };
  const model = lookupModel(rows, columns, { external }, `lookup-${salt}`);
  await writeFile(join(folder, 'model.onnx'), model);
  const expected = (row: number) => {
    const one = new Float32Array(columns);
    fillRow(one, salt, row);
    return [...one];
  };
  return { folder, bytes: external.length + model.length, rows, expected };
}

/** Sixteen small whole numbers no other row has in this order: exact in a float. */
function hashRow(values: Float32Array, salt: number, row: number): void {
  const digest = createHash('sha256').update(`${salt} ${row}`).digest();
  for (let at = 0; at < values.length; at++) values[at] = digest.readUInt16LE((2 * at) % digest.length);
}
