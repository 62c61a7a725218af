import type { Tensor } from '@callable/protocol/tensor';

/** The parts of one answer, in the order they came, as the whole: each output joined along its first axis. */
export function joinParts(parts: readonly (readonly Tensor[])[]): Tensor[] {
  const byName = new Map<string, Tensor[]>();
  for (const part of parts)
    for (const tensor of part) {
      const before = byName.get(tensor.name);
      if (before) before.push(tensor);
      else byName.set(tensor.name, [tensor]);
    }
  return [...byName.values()].map(joinTensors);
}

function joinTensors(tensors: Tensor[]): Tensor {
  const [first] = tensors as [Tensor];
  if (tensors.length === 1) return first;
  const [, ...rest] = first.shape;
  const fit = ({ datatype, shape }: Tensor) =>
    datatype === first.datatype && shape.length > 0 && shape.slice(1).join() === rest.join();
  if (!tensors.every(fit)) throw new TypeError(`the parts of the output ${first.name} cannot be joined`);
  const rows = tensors.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
  return { ...first, shape: [rows, ...rest], data: Buffer.concat(tensors.map(({ data }) => data)) };
}
