import { joinBytes } from '../bytes/join-bytes.ts';
import type { CallEncoding } from '../link/call-encoding.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { parseOipInputs } from '../tensor/parse-oip-inputs.ts';
import { parsePlainInputs } from '../tensor/parse-plain-inputs.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Of which release outputs are, and how they are written. */
export type WrittenOutputs = { encoding: CallEncoding; manifest: Pick<Manifest, 'outputs'> };

const opening = new TextEncoder().encode('{"inputs":');
const closing = new TextEncoder().encode('}');

/** Outputs as they went over the wire. An answer has the shape of a request: the same parser reads it. Null when it does not fit. */
export function readOutputs(bytes: Uint8Array, { encoding, manifest }: WrittenOutputs): Tensor[] | null {
  if (encoding === 'plain') {
    const verdict = parsePlainInputs(bytes, manifest.outputs);
    return verdict.ok ? verdict.value : null;
  }
  const names = namesIn(bytes);
  const specs = manifest.outputs.filter(({ name }) => names.has(name));
  const request = joinBytes([opening, bytes, closing], opening.length + bytes.length + closing.length);
  const verdict = parseOipInputs(request, specs, []);
  return verdict.ok ? verdict.value.tensors : null;
}

/** Which outputs the caller asked for is in neither the manifest nor the receipt. */
function namesIn(bytes: Uint8Array): Set<unknown> {
  try {
    const list = JSON.parse(new TextDecoder().decode(bytes)) as unknown;
    return new Set(Array.isArray(list) ? list.map((item: { name?: unknown } | null) => item?.name) : []);
  } catch {
    return new Set();
  }
}
