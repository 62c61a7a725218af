import type { Digest, ReadLogFile } from '@callable/protocol';

/** Where missing entries may come from. Nothing it gives is believed before it makes a head this hub signed. */
export type LogSource = {
  /** As the operator named it. */
  name: string;
  read: ReadLogFile;
  /** The manifest of a release, as parsed JSON; null when it has none. */
  readManifest: (digest: Digest) => Promise<unknown>;
};
