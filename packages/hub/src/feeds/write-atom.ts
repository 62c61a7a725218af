import { findReason, formatReleaseRef } from '@callable/protocol';
import type { Selectable } from 'kysely';
import type { EventTable } from '../db/events-tables.ts';
import { escapeXml } from './escape-xml.ts';

export type Feed = {
  id: string;
  title: string;
  /** Where this feed is, and below which address releases are. */
  self: string;
  base: string;
  events: readonly Selectable<EventTable>[];
};

/**
 * Atom (RFC 4287). Everything that is not ours is escaped text. `updated` is when this hub noticed it, which only ever grows
 * from entry to entry; `published` is when it happened.
 */
export function writeAtom({ id, title, self, base, events }: Feed): string {
  const newest = events[0]?.recorded_at ?? 0;
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<feed xmlns="http://www.w3.org/2005/Atom">',
    `<id>urn:uuid:${id}</id>`,
    `<title>${escapeXml(title)}</title>`,
    `<updated>${timeOf(newest)}</updated>`,
    `<link rel="self" type="application/atom+xml" href="${escapeXml(self)}"/>`,
    '<author><name>Callable</name></author>',
    ...events.map((event) => writeEntry(event, base)),
    '</feed>\n',
  ].join('\n');
}

function writeEntry(event: Selectable<EventTable>, base: string): string {
  const reference = formatReleaseRef(event);
  return [
    '<entry>',
    `<id>urn:uuid:${event.id}</id>`,
    `<title>${escapeXml(`${event.name}@${event.version} ${sayEvent(event)}`)}</title>`,
    `<updated>${timeOf(event.recorded_at)}</updated>`,
    `<published>${timeOf(event.happened_at)}</published>`,
    `<category term="${escapeXml(event.kind)}"/>`,
    `<link rel="alternate" type="application/json" href="${escapeXml(`${base}/v1/releases/${event.release}`)}"/>`,
    `<author><name>${escapeXml(event.publisher)}</name></author>`,
    `<summary>${escapeXml(`${reference} ${explain(event)}`)}</summary>`,
    '</entry>',
  ].join('\n');
}

function sayEvent({ kind }: Pick<EventTable, 'kind'>): string {
  switch (kind) {
    case 'release.published':
      return 'was published';
    case 'release.first_call':
      return 'was called by somebody independent for the first time';
    case 'release.broke':
      return 'broke';
    case 'release.recovered':
      return 'can be called again';
    case 'release.reached':
      return 'reached a step of its path';
  }
}

/** What happened, and the sentence of its reason: messages of nodes are not repeated here. */
function explain(event: Pick<EventTable, 'kind' | 'condition' | 'reason'>): string {
  const said = `${sayEvent(event)}.`;
  if (event.kind !== 'release.broke' || event.reason === null) return said;
  const sentence = findReason(event.reason)?.sentence;
  return `${said} ${event.condition} is False: ${event.reason}.${sentence ? ` ${sentence}` : ''}`;
}

const timeOf = (ms: number) => new Date(ms).toISOString();
