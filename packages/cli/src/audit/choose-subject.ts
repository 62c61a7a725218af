import { hexOfDigest, parseAddress, type UsageFacts, type UsageKind } from '@callable/protocol';
import { CliError } from '../errors/cli-error.ts';
import { findRelease } from '../verify/find-subject.ts';
import type { LogReading } from '../verify/read-log.ts';
import type { SpilledRow } from './spill-rows.ts';

export type AuditSubject = { kind: UsageKind; id: string; name: string | null };

/** Without a name the network; an address is a node where one joined by it, and a publisher else, or what it is told to be. */
export function chooseSubject(
  log: Pick<LogReading, 'names' | 'handles' | 'state'>,
  name: string | undefined,
  as: 'node' | 'publisher' | null,
): AuditSubject {
  if (name === undefined) return { kind: 'network', id: '', name: null };
  const address = parseAddress(name) ?? (as === 'publisher' ? (log.handles.get(name)?.owner ?? null) : null);
  if (as !== null && address === null)
    throw new CliError('NotFound', `This log knows no ${as} ${name}.`, 'Give its address: 0x and 40 hex digits.');
  if (address === null) return { kind: 'release', id: findRelease(log, name), name };
  const isNode = as === null ? (log.state.nodes.get(address)?.joinedAt ?? null) !== null : as === 'node';
  return { kind: isNode ? 'node' : 'publisher', id: address, name: null };
}

/** By which its figure is known: the kind, and hex as rows have it. */
export const keyOf = ({ kind, id }: Pick<AuditSubject, 'kind' | 'id'>): string =>
  `${kind} ${kind === 'release' ? hexOfDigest(id as never) : id}`;

/** Whose figures a row is of: of one subject, or of all of them. */
export function subjectsOfRow(facts: Pick<UsageFacts, 'publisherOf'>, only: string | null) {
  return (row: SpilledRow): string[] => {
    const { release, node } = 'hour' in row ? row.hour : 'word' in row ? row.word : row.caller;
    const publisher = facts.publisherOf(release);
    const all = ['network '];
    if (publisher !== null) all.push(`release ${release}`, `publisher ${publisher}`);
    if (node !== '') all.push(`node ${node}`);
    return only === null ? all : all.filter((key) => key === only);
  };
}
