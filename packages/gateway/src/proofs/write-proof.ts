import { isUtf8 } from 'node:buffer';
import { type Manifest, utf8OfJson } from '@callable/protocol';
import type { Call } from '../admission/call.ts';
import type { Answer } from '../data-plane/infer.ts';
import { isOneJsonValue } from '../encodings/is-one-json-value.ts';
import { spliceJson } from '../http/splice-json.ts';

/**
 * What a reader needs beside an answer to compute the digests of its receipt again: the body as it was sent, what the
 * manifest says of the tensors, and `more`. Nobody has to be believed for it: another body or shape gives another digest.
 */
export function writeProof({ body }: Call, { release }: Answer, more: Record<string, unknown> = {}): Buffer {
  const { inputs, outputs } = release.manifest;
  // A mark of its encoding is no part of the JSON: within a document it would be none.
  const request = trimSpace(utf8OfJson(body));
  // A node that takes what is no JSON must not write into this document.
  const isWhole = isOneJsonValue(request, '{') && isUtf8(request);
  return spliceJson(
    { ...more, tensors: { inputs: inputs.map(specOf), outputs: outputs.map(specOf) } },
    isWhole ? { request } : {},
    {},
  );
}

const specOf = ({ name, datatype, shape }: Manifest['inputs'][number]) => ({ name, datatype, shape });

const isSpace = (byte: number | undefined) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

function trimSpace(bytes: Uint8Array): Uint8Array {
  let [start, end] = [0, bytes.length];
  while (start < end && isSpace(bytes[start])) start++;
  while (end > start && isSpace(bytes[end - 1])) end--;
  return bytes.subarray(start, end);
}
