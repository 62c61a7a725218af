import { knownKinds } from './find-kind.ts';

/** The kinds about a release that are signed for its publisher: whoever signed one has acted for them. */
export function listPublishingKinds(): string[] {
  return Object.values(knownKinds).flatMap(({ kind, folds, signer }) =>
    folds === 'release' && typeof signer === 'object' ? [kind] : [],
  );
}
