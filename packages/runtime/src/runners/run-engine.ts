import {
  type InputVerdict,
  type OipRequest,
  parseOipInputs,
  parsePlainInputs,
  type Tensor,
  writeOipOutputs,
  writePlainOutputs,
} from '@callable/protocol/tensor';
import type { Report, RunOrder } from '../channel/messages.ts';
import { decodeRawTensors, encodeRawTensors } from '../channel/raw-tensors.ts';
import type { RunReason } from '../runtime.ts';
import { digestTensors } from './digest-tensors.ts';
import type { Engine } from './engine.ts';
import { joinParts } from './join-parts.ts';
import type { Loaded } from './load-engine.ts';

/** As JSON this is up to a gigabyte: more than any honest model answers. */
const outputBytesLimit = 128 * 1024 * 1024;

/** Where pieces go, and whether anybody still waits for them. */
export type PieceTaker = {
  signal: AbortSignal;
  /** Fulfilled when there is credit for the next one; null when the whole answer is wanted at once. */
  send: ((piece: Uint8Array) => Promise<void>) | null;
};

/** Answers one call: reads the inputs, runs the model, writes the outputs and digests both. */
export async function runEngine(
  engine: Engine,
  loaded: Loaded,
  order: RunOrder,
  body: Uint8Array,
  taker: PieceTaker,
): Promise<{ report: Report; body?: Uint8Array }> {
  let tensors: readonly Tensor[] = [];
  try {
    const request = readRequest(order.encoding, body, loaded);
    if (!request.ok) return { report: { type: 'input', problem: request.problem } };
    const { id } = request.value;
    tensors = request.value.tensors;
    const names = request.value.outputs ?? loaded.outputs.map((spec) => spec.name);
    const before = performance.now();
    const result = loaded.model.run(tensors, names, taker.signal);
    const streamed = Symbol.asyncIterator in result;
    const answers = streamed ? await collect(result, order, taker) : checkSize(await result);
    const runMs = performance.now() - before;
    return {
      report: {
        type: 'ran',
        ...(id === undefined ? {} : { id }),
        inputDigest: digestTensors(tensors, order.salt),
        outputDigest: digestTensors(answers, order.salt),
        runMs,
      },
      body: streamed && taker.send ? new Uint8Array(0) : write[order.encoding](answers),
    };
  } catch (error) {
    if (taker.signal.aborted) return failed('The call was given up.');
    if (error instanceof TooLarge) return failed(error.message);
    const failure = engine.explainRun(error, loaded.directory);
    if (!failure) throw error;
    const { reason, message, spent } = failure;
    const told = `${message}${remedyOf(reason, tensors)}`;
    return { report: { type: 'failed', reason, message: told, ...(spent ? { spent } : {}) } };
  }
}

/** Which input to make smaller, where memory ran out. */
function remedyOf(reason: RunReason, tensors: readonly Tensor[]): string {
  const [largest] = [...tensors].sort((a, b) => b.data.length - a.data.length);
  if (reason !== 'OutOfMemory' || !largest) return '';
  const name = largest.name.slice(0, 60).replace(/\p{Cc}/gu, ' ');
  return ` The largest input, \`${name}\`, has shape [${largest.shape}]: send a smaller one.`;
}

/** The whole answer of a stream. Each part is sent when it comes, and kept: the digest is over all of them. */
async function collect(stream: AsyncIterable<Tensor[]>, order: RunOrder, { send, signal }: PieceTaker) {
  const parts: Tensor[][] = [];
  let bytes = 0;
  for await (const part of stream) {
    signal.throwIfAborted();
    bytes += bytesOf(part);
    if (bytes > outputBytesLimit) throw new TooLarge(bytes);
    parts.push(part);
    if (send) await send(Buffer.concat([write[order.encoding](part), lineFeed]));
  }
  return joinParts(parts);
}

const lineFeed = Buffer.from('\n');
const write = { oip: writeOipOutputs, plain: writePlainOutputs, raw: encodeRawTensors };

function readRequest(
  encoding: RunOrder['encoding'],
  body: Uint8Array,
  { inputs, outputs }: Loaded,
): InputVerdict<OipRequest> {
  if (encoding === 'oip') return parseOipInputs(body, inputs, outputs);
  // Only the node itself writes these.
  if (encoding === 'raw') return { ok: true, value: { tensors: decodeRawTensors(body) } };
  const verdict = parsePlainInputs(body, inputs);
  return verdict.ok ? { ok: true, value: { tensors: verdict.value } } : verdict;
}

function checkSize(tensors: Tensor[]): Tensor[] {
  const bytes = bytesOf(tensors);
  if (bytes > outputBytesLimit) throw new TooLarge(bytes);
  return tensors;
}

const bytesOf = (tensors: readonly Tensor[]) => tensors.reduce((sum, { data }) => sum + data.length, 0);

class TooLarge extends Error {
  constructor(bytes: number) {
    super(`The outputs are ${bytes} bytes, the limit is ${outputBytesLimit}.`);
  }
}

const failed = (message: string): { report: Report } => ({ report: { type: 'failed', reason: 'RunFailed', message } });
