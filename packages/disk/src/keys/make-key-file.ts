import { createPrivateKey, toHex } from '@callable/protocol';
import { createDurably } from '../files/create-durably.ts';

/**
 * Makes a key in this file, in a directory that is there, for the owner alone to read; false when a file stands there.
 * Of two processes at once one wins, and both find its key.
 */
export function makeKeyFile(path: string, random: (length: number) => Uint8Array): Promise<boolean> {
  return createDurably(path, `0x${toHex(createPrivateKey(random))}\n`);
}
