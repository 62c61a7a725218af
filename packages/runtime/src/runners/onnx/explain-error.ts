// Not the whole package: a runner starts within the memory that its fence leaves it.
import { explainMissingKernel } from '@callable/formats/kernels';
import type { LoadReason, RunReason } from '../../runtime.ts';
import { cleanMessage, isOutOfMemory } from './clean-message.ts';

/** Why a session was not opened, out of the words of the native code. */
export function explainLoad(error: unknown, directory: string): { reason: LoadReason; message: string } {
  const text = textOf(error);
  const code = /^Unsupported data type: (\d+)$/i.exec(text)?.[1];
  // Not an operator: an input or output of a type that neither JSON nor the protocol can carry.
  if (code !== undefined)
    return {
      reason: 'UnsupportedValueType',
      message: `An input or output has the ONNX datatype ${code}, which cannot be called; add a Cast to FP32 at the edge of the graph.`,
    };
  const missing = missingKernel(text);
  if (missing !== null) return { reason: 'KernelMissing', message: missing };
  const message = cleanMessage(text, directory);
  if (isOutOfMemory(text)) return { reason: 'OutOfMemory', message };
  return { reason: isUnsupported(text) ? 'UnsupportedOperator' : 'LoadFailed', message };
}

export function explainRun(error: unknown, directory: string) {
  const text = textOf(error);
  const reason: RunReason = isOutOfMemory(text) ? 'OutOfMemory' : 'RunFailed';
  // Of its own memory the runtime says what it asked for. This is said of all other: what it keeps has left too little.
  return { reason, message: cleanMessage(text, directory), spent: /bad_alloc/.test(text) };
}

const textOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** "Could not find an implementation for RoiAlign(22) node with name 'roi'", and what it says behind its own casts. */
const noKernel =
  /(?:Could not find an implementation for|Failed to find kernel for) ([\w.]{1,200})\((\d{1,4})\)(?: node with name '|.{0,3}\(node:')([^']{0,200})/;

function missingKernel(text: string): string | null {
  const [, name = '', since = '', node = ''] = noKernel.exec(text) ?? [];
  if (name === '') return null;
  const dot = name.lastIndexOf('.');
  const [domain, op] = dot === -1 ? ['', name] : [name.slice(0, dot), name.slice(dot + 1)];
  return explainMissingKernel({ domain, op, since: Number(since), node });
}

function isUnsupported(text: string): boolean {
  return /not a registered function\/op|No Op registered|NOT_IMPLEMENTED|Could not find an implementation|Failed to find kernel/i.test(
    text,
  );
}
