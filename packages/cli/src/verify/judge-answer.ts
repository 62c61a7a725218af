import { createHash } from 'node:crypto';
import {
  type InputVerdict,
  jsonDepth,
  nodeOf,
  parseOipInputs,
  parsePlainInputs,
  readExactJson,
  readOutputs,
  responseOf,
  type Tensor,
  tensorDigest,
  writeExactJson,
} from '@callable/protocol';
import { checked, type Finding, failed, unchecked, undecided } from './finding.ts';
import type { SavedAnswer, Tensors } from './read-answer.ts';

/** Deeper than any tensor; whoever walks a deeper one may run out of stack. */
const mostDepth = 64;

/**
 * Whether the outputs and inputs in a file are those that the node signed. The receipt holds sha256 of the outputs as they
 * were sent, since version 3 behind the salt, and salted digests of both as tensors. `tensors` are name, datatype and shape of each: wherever they come
 * from, other ones give another digest, so nobody has to be believed.
 */
export function judgeAnswer(answer: SavedAnswer, tensors: Tensors | null): Finding[] {
  return [...judgeSaid(answer), ...judgeBoth(answer, tensors)];
}

/** What stands beside the receipt: some of it says the same again, the rest is the word of a gateway. */
function judgeSaid({ receipt, said }: SavedAnswer): Finding[] {
  if (!said) return [];
  const others = [
    ...(said.digest === null || said.digest === `sha256:${receipt.release}` ? [] : ['release']),
    ...(said.node === null || said.node === nodeOf(receipt) ? [] : ['node']),
  ];
  return [
    ...others.map((what) => failed('answer', `It names another ${what} than its receipt.`)),
    unchecked('gateway', 'How the node stands, who confirmed the answer and how long it took are signed by nobody.'),
  ];
}

function judgeBoth(answer: SavedAnswer, tensors: Tensors | null): Finding[] {
  const { receipt, outputs, salt } = answer;
  const same = outputs !== null && isSent(outputs, answer);
  const read = outputs && tensors && readOutputs(outputs, { encoding: answer.encoding, manifest: tensors });
  const isDigest = salt !== null && read ? digestOf(read, salt) === receipt.outputs : null;
  if (!outputs) return [undecided('outputs', 'There are none in this file, so no answer was compared.')];
  // The bytes are right, so what opens their digest is not: nothing can be said of the inputs.
  if (same && isDigest === false)
    return [
      checked('outputs', 'They are byte for byte what the node signed.'),
      failed('salt', 'With it, and the shapes in this file, the outputs do not give the digest of the receipt.'),
    ];
  return [judgeOutputs(same, isDigest, answer, tensors), judgeInputs(answer, tensors)];
}

function judgeOutputs(
  same: boolean,
  isDigest: boolean | null,
  { salt, receipt: { version } }: SavedAnswer,
  tensors: Tensors | null,
): Finding {
  const what = 'outputs';
  if (same) return checked(what, 'They are byte for byte what the node signed.');
  if (isDigest) return checked(what, 'Their values are those that the node signed.');
  if (isDigest === false)
    return failed(
      what,
      version === 3
        ? 'They, or the salt beside them, are not what the node signed.'
        : 'They are not what the node signed.',
    );
  if (salt !== null && tensors)
    return failed(
      what,
      'They do not fit the outputs of the release, and are not what the node signed. A tool such as jq rounds INT64: verify the file as it came.',
    );
  if (version === 3 && salt === null)
    return undecided(what, 'Without the salt they cannot be compared: the node signed them behind it.');
  return undecided(
    what,
    `They are not the bytes the node signed, and ${missing(salt)} is missing to compare their values. Save the answer as it came, or ask with ?proof=1.`,
  );
}

function judgeInputs({ receipt, request, encoding, salt }: SavedAnswer, tensors: Tensors | null): Finding {
  const what = 'inputs';
  if (!request) return unchecked(what, 'This file holds none: give them with --input, or ask with ?proof=1.');
  if (salt === null || !tensors) return undecided(what, `Without ${missing(salt)} they cannot be compared.`);
  const read = readRequest(request, encoding, tensors);
  if (!read.ok) return failed(what, `They are not what the node signed: ${read.problem.message}`);
  return digestOf(read.value, salt) === receipt.inputs
    ? checked(what, 'Their values are those that the node signed.')
    : failed(what, 'They are not what the node signed.');
}

const missing = (salt: string | null) => (salt === null ? 'the salt' : 'what the manifest says of the tensors');

function readRequest(body: Uint8Array, encoding: SavedAnswer['encoding'], tensors: Tensors): InputVerdict<Tensor[]> {
  if (encoding === 'plain') return parsePlainInputs(body, tensors.inputs);
  const verdict = parseOipInputs(body, tensors.inputs, tensors.outputs);
  return verdict.ok ? { ok: true, value: verdict.value.tensors } : verdict;
}

/** As they were sent, or as they were sent but for blanks and escapes, which a tool may have changed. */
function isSent(outputs: Uint8Array, { receipt, salt }: SavedAnswer): boolean {
  const isResponse = (bytes: Uint8Array) => responseOf(receipt, { outputs: bytes, salt }) === receipt.response;
  if (isResponse(outputs)) return true;
  if (jsonDepth(outputs) > mostDepth) return false;
  const text = writeExactJson(readExactJson(new TextDecoder().decode(outputs)));
  return isResponse(new TextEncoder().encode(text));
}

function digestOf(tensors: readonly Tensor[], salt: string): string {
  const hash = createHash('sha256');
  tensorDigest(tensors, Buffer.from(salt, 'hex'), hash);
  return hash.digest('hex');
}
