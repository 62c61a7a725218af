import { describeRelease } from './describe-release.ts';
import type { Release, ReleaseFields } from './release.ts';

/** A release of these files, the first being the model. Its manifest says what the publisher wants to say. */
export function createRelease(files: Record<string, Uint8Array>, fields: ReleaseFields = {}): Release {
  return { manifest: describeRelease(files, fields), files: Object.values(files) };
}
