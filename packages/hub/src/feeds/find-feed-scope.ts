import {
  type Address,
  CallableError,
  type Digest,
  type Publisher,
  parseDigest,
  parseReleaseRef,
} from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { resolvePublisher } from '../handles/resolve-publisher.ts';
import { findRelease } from '../releases/find-release.ts';

/** Of what a feed tells: of everything on this hub, of a publisher, of all versions of a model, or of one release. */
export type FeedScope =
  | { of: 'hub' }
  | { of: 'publisher'; publisher: Address }
  | { of: 'model'; publisher: Address; name: string }
  | { of: 'release'; digest: Digest };

/** What a text names; throws the reason why it names nothing. */
export async function findFeedScope(ctx: Pick<HubContext, 'db'>, text: string): Promise<FeedScope> {
  if (parseDigest(text) || text.includes('@')) return { of: 'release', digest: (await findRelease(ctx, text)).digest };
  if (!text.includes('/')) return { of: 'publisher', publisher: await resolvePublisher(ctx, text as Publisher) };
  const ref = parseReleaseRef(text);
  if (!ref) throw new CallableError('NameInvalid', `${JSON.stringify(text)} does not name a model.`);
  const publisher = await resolvePublisher(ctx, ref.publisher);
  const known = await ctx.db
    .selectFrom('release')
    .select('name')
    .where('publisher', '=', publisher)
    .where('name', '=', ref.name)
    .limit(1)
    .executeTakeFirst();
  if (!known) throw new CallableError('ReleaseNotFound', `There is no model ${text}.`);
  return { of: 'model', publisher, name: ref.name };
}
