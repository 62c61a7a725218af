import { createHash } from 'node:crypto';
import {
  type InputVerdict,
  type OipRequest,
  parseOipInputs,
  parsePlainInputs,
  type Tensor,
  tensorDigest,
  writeOipOutputs,
  writePlainOutputs,
} from '@callable/protocol/tensor';
import type { Order, Report } from '../messages.ts';
import { cleanMessage, isOutOfMemory } from './clean-message.ts';
import type { Loaded } from './load-session.ts';
import { fromOrt, toOrt } from './ort-tensors.ts';

/** As JSON this is up to a gigabyte: more than any honest model answers. */
const outputBytesLimit = 128 * 1024 * 1024;

/** Answers one call: reads the inputs, runs the model, writes the outputs and digests both. */
export async function runSession(
  { session, inputs, outputs, directory }: Loaded,
  order: Extract<Order, { type: 'run' }>,
  body: Uint8Array,
): Promise<{ report: Report; body?: Uint8Array }> {
  try {
    const request = order.encoding === 'oip' ? parseOipInputs(body, inputs, outputs) : plainRequest(body, inputs);
    if (!request.ok) return { report: { type: 'input', problem: request.problem } };
    const { id, tensors } = request.value;
    const names = request.value.outputs ?? outputs.map((spec) => spec.name);
    const feeds = Object.fromEntries(tensors.map((tensor) => [tensor.name, toOrt(tensor)]));
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
      body: order.encoding === 'oip' ? writeOipOutputs(answers) : writePlainOutputs(answers),
    };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const reason = isOutOfMemory(text) ? 'OutOfMemory' : 'RunFailed';
    return { report: { type: 'failed', reason, message: cleanMessage(text, directory) } };
  }
}

function plainRequest(body: Uint8Array, inputs: Loaded['inputs']): InputVerdict<OipRequest> {
  const verdict = parsePlainInputs(body, inputs);
  return verdict.ok ? { ok: true, value: { tensors: verdict.value } } : verdict;
}

function digest(tensors: Tensor[], salt: string): string {
  const hash = createHash('sha256');
  tensorDigest(tensors, Buffer.from(salt, 'hex'), hash);
  return hash.digest('hex');
}

function tooLarge(bytes: number): { report: Report } {
  const message = `The outputs are ${bytes} bytes, the limit is ${outputBytesLimit}.`;
  return { report: { type: 'failed', reason: 'RunFailed', message } };
}
