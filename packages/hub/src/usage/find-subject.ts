import {
  CallableError,
  formatReleaseRef,
  hexOfDigest,
  type Publisher,
  parseAddress,
  type UsageKind,
} from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { resolvePublisher } from '../handles/resolve-publisher.ts';
import { findRelease } from '../releases/find-release.ts';
import { kindCodes, networkSubject, type Subject } from './figures/subject.ts';

/** At most one of these; none is the network. */
export type Asked = { release?: string | undefined; publisher?: string | undefined; node?: string | undefined };

/** What a question is of; throws the reason why it names nothing that the log knows. */
export async function findSubject(
  ctx: Pick<HubContext, 'db'>,
  asked: Asked,
): Promise<Subject & { of: UsageKind; id: string; name: string | null }> {
  const given = Object.entries(asked).filter(([, value]) => value !== undefined);
  if (given.length > 1)
    throw new CallableError(
      'RequestInvalid',
      `Usage is asked of one at a time, and ${given.map(([name]) => name).join(' and ')} are given.`,
    );
  if (asked.release !== undefined) {
    const found = await findRelease(ctx, asked.release);
    const subject = Buffer.from(hexOfDigest(found.digest), 'hex');
    return { of: 'release', kind: kindCodes.release, subject, id: found.digest, name: formatReleaseRef(found) };
  }
  if (asked.publisher !== undefined) {
    const address = await resolvePublisher(ctx, asked.publisher as Publisher);
    const name = address === asked.publisher ? null : asked.publisher;
    return { of: 'publisher', kind: kindCodes.publisher, subject: bytesOf(address), id: address, name };
  }
  if (asked.node !== undefined) {
    const address = parseAddress(asked.node);
    const known =
      address && (await ctx.db.selectFrom('node_state').select('node').where('node', '=', address).executeTakeFirst());
    if (!known) throw new CallableError('NodeNotFound', `The log knows no node ${asked.node}.`);
    return { of: 'node', kind: kindCodes.node, subject: bytesOf(address), id: address, name: null };
  }
  return { of: 'network', ...networkSubject, id: '', name: null };
}

const bytesOf = (address: string) => Buffer.from(address.slice(2), 'hex');
