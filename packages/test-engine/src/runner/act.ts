import { setTimeout as pause } from 'node:timers/promises';
import type { TestAct } from '../test-model.ts';

const longestMs = 60_000;
const mebibyte = 2 ** 20;
const mostMebibytes = 2048;

/** Does what the model says, within bounds. Gives what `vary` adds to the answer. */
export async function act({ what, amount }: TestAct, signal: AbortSignal): Promise<number> {
  switch (what) {
    case 'exit':
      return process.exit(3);
    case 'abort':
      return process.abort();
    case 'stall':
      // The whole process stands still, as in native code.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.min(amount, longestMs));
      return 0;
    case 'wait':
      await pause(Math.min(amount, longestMs), undefined, { signal });
      return 0;
    case 'allocate':
      allocate(Math.min(amount, mostMebibytes));
      return 0;
    case 'throw':
      throw new Error('The model says so.');
    case 'vary':
      return Math.random();
  }
}

/** Taken first, which meets a limit of the address space at once, then written to, so that it is really there. */
function allocate(mebibytes: number): void {
  const held: Buffer[] = [];
  while (held.length * 16 < mebibytes) held.push(Buffer.allocUnsafeSlow(16 * mebibyte));
  for (const each of held) each.fill(1);
}
