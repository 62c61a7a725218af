import { createHash } from 'node:crypto';
import {
  type Tensor as CallTensor,
  type InputVerdict,
  type OipRequest,
  parseOipInputs,
  parsePlainInputs,
  tensorDigest,
  writeOipOutputs,
  writePlainOutputs,
} from '@callable/protocol/tensor';
import type { Order, Report } from '../messages.ts';
import { decodeRawTensors, encodeRawTensors } from '../raw-tensors.ts';
import { cleanMessage, isOutOfMemory } from './clean-message.ts';
import type { Engine } from './engine.ts';
import type { Loaded } from './load-session.ts';
import { fromOrt, toOrt } from './ort-tensors.ts';

/** As JSON this is up to a gigabyte: more than any honest model answers. */
const outputBytesLimit = 128 * 1024 * 1024;

/** Answers one call: reads the inputs, runs the model, writes the outputs and digests both. */
export async function runSession(
  engine: Pick<Engine, 'isBroken'>,
  { session, Tensor, inputs, outputs, directory }: Loaded,
  order: Extract<Order, { type: 'run' }>,
  body: Uint8Array,
): Promise<{ report: Report; body?: Uint8Array }> {
  try {
    const request = readRequest(order.encoding, body, inputs, outputs);
    if (!request.ok) return { report: { type: 'input', problem: request.problem } };
    const { id, tensors } = request.value;
    const names = request.value.outputs ?? outputs.map((spec) => spec.name);
    const feeds = Object.fromEntries(tensors.map((tensor) => [tensor.name, toOrt(tensor, Tensor)]));
    const before = performance.now();
    const results = await session.run(feeds, names);
    const runMs = performance.now() - before;
    const answers = names.map((name) => fromOrt(name, results[name]));
    const bytes = answers.reduce((sum, tensor) => sum + tensor.data.length, 0);
    if (bytes > outputBytesLimit) return tooLarge(bytes);
    return {
      report: {
        type: 'ran',
        ...(id === undefined ? {} : { id }),
        inputDigest: digest(tensors, order.salt),
        outputDigest: digest(answers, order.salt),
        runMs,
      },
      body: write[order.encoding](answers),
    };
  } catch (error) {
    if (engine.isBroken(error)) throw error;
    const text = error instanceof Error ? error.message : String(error);
    const reason = isOutOfMemory(text) ? 'OutOfMemory' : 'RunFailed';
    return { report: { type: 'failed', reason, message: cleanMessage(text, directory) } };
  }
}

const write = { oip: writeOipOutputs, plain: writePlainOutputs, raw: encodeRawTensors };

function readRequest(
  encoding: Extract<Order, { type: 'run' }>['encoding'],
  body: Uint8Array,
  inputs: Loaded['inputs'],
  outputs: Loaded['outputs'],
): InputVerdict<OipRequest> {
  if (encoding === 'oip') return parseOipInputs(body, inputs, outputs);
  // Only the node itself writes these.
  if (encoding === 'raw') return { ok: true, value: { tensors: decodeRawTensors(body) } };
  const verdict = parsePlainInputs(body, inputs);
  return verdict.ok ? { ok: true, value: { tensors: verdict.value } } : verdict;
}

function digest(tensors: CallTensor[], salt: string): string {
  const hash = createHash('sha256');
  tensorDigest(tensors, Buffer.from(salt, 'hex'), hash);
  return hash.digest('hex');
}

function tooLarge(bytes: number): { report: Report } {
  const message = `The outputs are ${bytes} bytes, the limit is ${outputBytesLimit}.`;
  return { report: { type: 'failed', reason: 'RunFailed', message } };
}
