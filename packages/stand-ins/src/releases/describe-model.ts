import type { Address } from '@callable/protocol';
import { createRelease } from './create-release.ts';
import type { Release, ReleaseFields } from './release.ts';

/** A release of this publisher and name; the first file is the model. */
export const describeModel = (
  publisher: Address,
  name: string,
  files: Record<string, Uint8Array>,
  fields: ReleaseFields = {},
): Release => createRelease(files, { publisher, name, ...fields });
