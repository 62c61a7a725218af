import { createHash } from 'node:crypto';
import type { HashBytes } from '@callable/protocol';

/** sha256 by the platform: about ten times as fast as in JavaScript. */
export const hashBytes: HashBytes = (bytes) => createHash('sha256').update(bytes).digest();
