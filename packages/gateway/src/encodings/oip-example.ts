import type { Manifest } from '@callable/protocol';
import { ownMember } from '@callable/protocol';

/** The body of an Open Inference Protocol request with these inputs. */
export const oipExample = (inputs: Record<string, unknown>, manifest: Manifest) => ({
  inputs: manifest.inputs.map(({ name, datatype }) => {
    const data = ownMember(inputs, name) ?? [];
    return { name, shape: shapeOf(data), datatype, data };
  }),
});

function shapeOf(data: unknown): number[] {
  return Array.isArray(data) ? [data.length, ...(data.length > 0 ? shapeOf(data[0]) : [])] : [];
}
