import type { LoadReason, RunReason } from '../../runtime.ts';
import { cleanMessage, isOutOfMemory } from './clean-message.ts';

/** Why a session was not opened, out of the words of the native code. */
export function explainLoad(error: unknown, directory: string): { reason: LoadReason; message: string } {
  const text = textOf(error);
  const code = /^Unsupported data type: (\d+)$/.exec(text)?.[1];
  // Not an operator: an input or output of a type that neither JSON nor the protocol can carry.
  if (code !== undefined)
    return {
      reason: 'SchemaMismatch',
      message: `An input or output has the ONNX datatype ${code}, which cannot be called; add a Cast to FP32 at the edge of the graph.`,
    };
  const message = cleanMessage(text, directory);
  if (isOutOfMemory(text)) return { reason: 'OutOfMemory', message };
  return { reason: isUnsupported(text) ? 'UnsupportedOperator' : 'LoadFailed', message };
}

export function explainRun(error: unknown, directory: string): { reason: RunReason; message: string } {
  const text = textOf(error);
  return { reason: isOutOfMemory(text) ? 'OutOfMemory' : 'RunFailed', message: cleanMessage(text, directory) };
}

const textOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

function isUnsupported(text: string): boolean {
  return /not a registered function\/op|No Op registered|NOT_IMPLEMENTED|Could not find an implementation/i.test(text);
}
