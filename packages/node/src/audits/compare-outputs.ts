import {
  CallableError,
  type CallEncoding,
  type Manifest,
  measureSpread,
  parseOipInputs,
  parsePlainInputs,
  type Tensor,
} from '@callable/protocol';

export type Comparison = {
  /** As `measureSpread`; Infinity also when the answer is none of this release. */
  difference: number;
  /** Of the float outputs alone: whole numbers and texts change their value all at once where floats round. */
  floats: number;
};

/** The same values take a few times as much in another writer's JSON; more is not read: nobody vouches for it. */
const mostTimes = 16;
const leastBytes = 2 ** 20;

type Outputs = { encoding: CallEncoding; manifest: Pick<Manifest, 'outputs'> };

/** How far outputs that somebody answered lie from those computed here, both as they went over the wire. */
export function compareOutputs(computed: Uint8Array, given: Uint8Array, outputs: Outputs): Comparison {
  if (Buffer.compare(computed, given) === 0) return { difference: 0, floats: 0 };
  const reference = readOutputs(computed, outputs);
  const isReadable = given.length <= leastBytes + mostTimes * computed.length;
  const actual = isReadable ? readOutputs(given, outputs) : null;
  if (!reference) throw new CallableError('LoadFailed', 'The answer computed here does not fit the manifest.');
  if (!actual || actual.length !== reference.length)
    return { difference: Number.POSITIVE_INFINITY, floats: Number.POSITIVE_INFINITY };
  const isFloat = ({ datatype }: Tensor) => datatype.startsWith('FP');
  return {
    difference: measureSpread(reference, actual),
    floats: measureSpread(reference.filter(isFloat), actual),
  };
}

/** An answer has the shape of a request: the same parser reads it. Null when it does not fit. */
function readOutputs(bytes: Uint8Array, { encoding, manifest }: Outputs): Tensor[] | null {
  if (encoding === 'plain') {
    const verdict = parsePlainInputs(bytes, manifest.outputs);
    return verdict.ok ? verdict.value : null;
  }
  const names = namesIn(bytes);
  const specs = manifest.outputs.filter(({ name }) => names.has(name));
  const request = Buffer.concat([Buffer.from('{"inputs":'), bytes, Buffer.from('}')]);
  const verdict = parseOipInputs(request, specs, []);
  return verdict.ok ? verdict.value.tensors : null;
}

/** Which outputs the caller asked for is in neither the manifest nor the receipt. */
function namesIn(bytes: Uint8Array): Set<unknown> {
  try {
    const list = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')) as unknown;
    return new Set(Array.isArray(list) ? list.map((item: { name?: unknown } | null) => item?.name) : []);
  } catch {
    return new Set();
  }
}
