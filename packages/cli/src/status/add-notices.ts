import type { ReleaseView } from '@callable/protocol';
import { cleanText } from '../terminal/clean-text.ts';
import { formatAge } from '../terminal/format-age.ts';
import type { Rows } from '../terminal/open-rows.ts';

/** What the publisher and the hub have said of it. */
export function addNotices(rows: Rows, { notices, manifest, digest }: ReleaseView, now: number): void {
  const { yanked = null, deprecated = null, refused = null } = notices ?? {};
  if (refused)
    rows.add(
      'refused',
      `${refused.scopes.map((scope) => cleanText(scope, 20)).join(', ')} · by the hub ${refused.by}, ${said(refused, now)}`,
      'red',
    );
  if (yanked) {
    rows.add('yanked', said(yanked, now), 'red');
    rows.below(`it answers to ${manifest.publisher}/${manifest.name}@${digest}`, 'dim');
  }
  if (deprecated) {
    rows.add('deprecated', said(deprecated, now), 'yellow');
    if (deprecated.successor !== null) rows.add('successor', cleanText(deprecated.successor, 200));
  }
}

const said = ({ note, since }: { note: string; since: string }, now: number) =>
  `${formatAge(since, now)} ago: ${note.trim() === '' ? 'no reason given' : cleanText(note, 500)}`;
