import { buildModel } from '@callable/formats/build';

type Initializer = NonNullable<Parameters<typeof buildModel>[0]['initializers']>[number];

/** A model that answers the row of its table `w` whose number it is given: as large as its weights, and quick to run. */
export function lookupModel(
  rows: number,
  columns: number,
  weights: Pick<Initializer, 'raw'> | Pick<Initializer, 'external'>,
  producer = 'lookup',
): Uint8Array {
  return buildModel({
    producer,
    inputs: [{ name: 'row', datatype: 'INT64', shape: [1] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: [1, columns] }],
    nodes: [{ op: 'Gather', inputs: ['w', 'row'], outputs: ['y'] }],
    initializers: [{ name: 'w', datatype: 'FP32', shape: [rows, columns], ...weights }],
  });
}

/** What its manifest says of it; its one vector asks for the first row. */
export const lookupFields = (columns: number, firstRow: readonly number[]) => ({
  inputs: [{ name: 'row', datatype: 'INT64' as const, shape: [1] }],
  outputs: [{ name: 'y', datatype: 'FP32' as const, shape: [1, columns] }],
  vectors: [{ name: 'first', inputs: { row: [0] }, outputs: { y: [firstRow] }, rtol: 1e-5, atol: 1e-6 }],
});
