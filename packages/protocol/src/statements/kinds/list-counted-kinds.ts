import { knownKinds } from './find-kind.ts';

/** The kinds of which a key may say only so many within a day. */
export function listCountedKinds(): string[] {
  return Object.values(knownKinds).flatMap(({ kind, perDay }) => (perDay ? [kind] : []));
}
