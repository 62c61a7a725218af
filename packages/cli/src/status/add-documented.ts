import { documentationOf, type ReleaseView } from '@callable/protocol';
import type { Rows } from '../terminal/open-rows.ts';

/** What the publisher has said of it, and what adds the rest. Told from the signed manifest, not from what the hub says of it. */
export function addDocumented(rows: Rows, { manifest }: Pick<ReleaseView, 'manifest'>): void {
  const { has, of, missing } = documentationOf(manifest);
  rows.add('documented', `${has} of ${of}`, missing.length === 0 ? 'green' : undefined);
  for (const { message, next } of missing) rows.add('', `${message} ${next}`);
}
