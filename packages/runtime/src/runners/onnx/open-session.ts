import { ownMember, type Tensor } from '@callable/protocol/tensor';
import type { InferenceSession } from 'onnxruntime-node';
import type { EngineValue, LoadedEngine } from '../engine.ts';
import { fromOrt, type TensorClass, toOrt } from './ort-tensors.ts';
import { datatypeOfOrt } from './ort-types.ts';

type Metadata = InferenceSession.ValueMetadata;

/** A session of either build as a loaded engine. */
export function openSession(session: InferenceSession, OrtTensor: TensorClass): LoadedEngine {
  // The binding takes a member that every object has for a tensor to write into, unless that output is asked for.
  const names = session.outputMetadata.map(({ name }) => name);
  const isMisread = names.some((name) => membersOfAll.has(name));
  return {
    signature: {
      inputs: session.inputMetadata.map(valueFrom),
      outputs: session.outputMetadata.map(valueFrom),
    },
    async run(tensors: readonly Tensor[], outputs: readonly string[]) {
      const feeds = Object.fromEntries(tensors.map((tensor) => [tensor.name, toOrt(tensor, OrtTensor)]));
      // An input that may be left out is looked for in the same way.
      Object.setPrototypeOf(feeds, null);
      const results = await session.run(feeds, isMisread ? names : outputs);
      return outputs.map((name) => fromOrt(name, ownMember(results, name)));
    },
  };
}

const membersOfAll: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

/** What the binding cannot carry is told before anything is run: the one of ONNX Runtime 1.30 crashed on some of it. */
function valueFrom(metadata: Metadata): EngineValue {
  const { name } = metadata;
  if (!metadata.isTensor) return { name, datatype: null, type: 'no tensor', shape: null };
  const datatype = datatypeOfOrt(metadata.type);
  const sizes = metadata.shape.map((size) => (isOpen(size) ? -1 : Number(size)));
  const type = `${metadata.type} (which cannot be called) [${sizes.join(',')}]`;
  // The binding gives [] both for a scalar and for an unknown rank.
  return { name, datatype, type, shape: sizes.length === 0 ? null : sizes };
}

/** A dimension without a size: the native binding gives its name, the wasm one 2^32 - 1 where it has none. */
function isOpen(size: number | string): boolean {
  return typeof size === 'string' || size < 0 || size === 2 ** 32 - 1;
}
