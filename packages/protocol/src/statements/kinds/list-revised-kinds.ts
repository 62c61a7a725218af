import { findKind, knownKinds } from './find-kind.ts';

/** The kinds whose later words take the place of one of this kind; none where words stand beside each other. */
export function listRevisedKinds(kind: string): string[] {
  const row = findKind(kind);
  if (!row?.isRevised) return [];
  return Object.values(knownKinds).flatMap((other) =>
    other.isRevised && other.folds === row.folds ? [other.kind] : [],
  );
}
