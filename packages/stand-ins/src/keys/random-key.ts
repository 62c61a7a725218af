import { randomBytes } from 'node:crypto';
import { createPrivateKey, type PrivateKey } from '@callable/protocol';

/** A key nobody has seen before. */
export const randomKey = (): PrivateKey => createPrivateKey((length) => randomBytes(length));
