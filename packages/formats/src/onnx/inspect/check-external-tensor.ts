import type { Tensor } from '../model/messages.ts';
import { type Findings, quoted } from './findings.ts';
import type { StoredTensor } from './walk-regions.ts';

/** A range of another file that holds the data of a tensor; `length` in bytes. */
export type ExternalFile = { readonly location: string; readonly offset: number; readonly length: number };

/**
 * External data makes the runtime open a file the model names. It may only be a file of the same upload, named plainly,
 * and only for initialisers: everything else has been a way to read the server's files (absolute and parent paths,
 * links, memory addresses, attributes nobody looks at). Answers the range, or null where it was refused.
 */
export function checkExternalTensor(
  tensor: Tensor,
  role: StoredTensor['role'],
  expected: number | null,
  sizes: ReadonlyMap<string, number>,
  where: () => string,
  findings: Findings,
): ExternalFile | null {
  const name = quoted(tensor.name);
  const entries = new Map(tensor.external.map(({ key, value }) => [key, value]));
  const location = entries.get('location') ?? '';
  if (location.includes('_ORT_MEM_ADDR_')) {
    findings.add(
      'MemoryAddressPath',
      where(),
      `The tensor ${name} names an address of the runtime's own memory as its data; store it inside the model.`,
    );
    return null;
  }
  if (!isPlainPath(location)) {
    findings.add(
      'UnsafeExternalPath',
      where(),
      `The tensor ${name} takes its data from ${quoted(location)}, which is not a plain path inside the upload; save the weights in a file beside the model.`,
    );
    return null;
  }
  if (role !== 'initializer') {
    findings.add(
      'ExternalDataInAttribute',
      where(),
      `The tensor ${name} is not an initialiser and yet takes its data from ${quoted(location)}; store it inside the model.`,
    );
    return null;
  }
  const offset = integer(entries.get('offset'), 0);
  const length = integer(entries.get('length'), expected);
  const badEntries =
    entries.size !== tensor.external.length ||
    [...entries.keys()].some((key) => !knownKeys.has(key)) ||
    tensor.externalLocation !== 1 ||
    offset === null ||
    length === null;
  if (badEntries) {
    findings.add(
      'UnsafeExternalEntry',
      where(),
      `The tensor ${name} describes its external data with unknown, repeated or broken entries; save the model again.`,
    );
    return null;
  }
  if (
    tensor.raw ||
    tensor.floats ||
    tensor.int32s ||
    tensor.int64s ||
    tensor.doubles ||
    tensor.uint64s ||
    tensor.texts
  ) {
    findings.add(
      'DualTensorData',
      where(),
      `The tensor ${name} has data in the model and in ${quoted(location)}, so tools could read different weights; save the model again.`,
    );
    return null;
  }
  if (length !== expected) {
    findings.add(
      'TensorSizeMismatch',
      where(),
      `The tensor ${name} takes ${length} bytes from ${quoted(location)} where its shape needs ${expected ?? 'a fixed size'}; save the model again.`,
    );
    return null;
  }
  const size = sizes.get(location);
  if (size === undefined) {
    findings.add(
      'ExternalFileMissing',
      where(),
      `The model needs the file ${quoted(location)}, which is not part of the upload; upload it beside the model.`,
    );
  } else if (offset + length > size) {
    findings.add(
      'ExternalRangeBeyondFile',
      where(),
      `The tensor ${name} ends at byte ${offset + length} of ${quoted(location)}, which has only ${size}; upload the complete file.`,
    );
  }
  return { location, offset, length };
}

const knownKeys = new Set(['location', 'offset', 'length', 'checksum']);

function isPlainPath(location: string): boolean {
  const segments = location.split('/');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters in a path are what is being refused
  const strange = /[\\:\u0000-\u001f\u007f*?"<>|\ufffd]/.test(location);
  return !strange && segments.every((segment) => segment !== '' && segment !== '.' && segment !== '..');
}

function integer(text: string | undefined, absent: number | null): number | null {
  if (text === undefined) return absent;
  if (!/^[0-9]{1,16}$/.test(text)) return null;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : null;
}
