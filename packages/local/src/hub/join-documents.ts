import type { ApiDocument } from '@callable/http';

/** One API document of two servers at one address, in the words of the first. */
export function joinDocuments(first: ApiDocument, second: ApiDocument): ApiDocument {
  return { ...first, paths: { ...first.paths, ...second.paths } };
}
