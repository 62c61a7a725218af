import { createHash } from 'node:crypto';

/** As manifests and URLs name bytes: 64 hex digits. */
export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
