import { type Address, CallableError, type Digest, parseAddress, type ReleaseRef } from '@callable/protocol';
import { sql } from 'kysely';
import type { HubContext } from '../context.ts';

export type Version = { digest: Digest; version: string; yanked: boolean; unlisted: boolean };

/**
 * The versions of a model, by one query; of the model an alias points at when the reference says no version and there
 * is an alias of that name, which `target` then is. One step: a target that has become an alias since is looked up as
 * the model of that name.
 */
export async function findVersions(
  ctx: Pick<HubContext, 'db'>,
  { publisher, name, version, digest }: ReleaseRef,
): Promise<{ target: string | null; versions: Version[] }> {
  const mayBeAlias = !version && !digest;
  const { rows } = await sql<{ owner: Address | null; target: string | null; versions: Version[] | null }>`
    with asked as (
      select coalesce(${parseAddress(publisher)}::text, (select owner from handle where handle = ${publisher})) as owner
    ), named as (
      select alias.content::json ->> 'target' as target from asked
      join alias on alias.subject = asked.owner || '/' || ${name}::text where ${mayBeAlias}::boolean
    ), aimed as (
      select coalesce((select owner from handle where handle = split_part(target, '/', 1)), split_part(target, '/', 1))
        as owner, split_part(split_part(target, '/', 2), '@', 1) as name from named
    )
    select asked.owner, (select target from named) as target, (
      select json_agg(found) from (
        select release.digest, release.version, release_state.yanked, release_state.unlisted
        from release join release_state on release_state.digest = release.digest
        where release.publisher = coalesce((select owner from aimed), asked.owner)
          and release.name = coalesce((select name from aimed), ${name}::text)
      ) as found
    ) as versions
    from asked`.execute(ctx.db);
  const [found] = rows;
  if (!found?.owner) throw new CallableError('HandleNotFound', `Nobody has claimed the handle ${publisher}.`);
  return { target: found.target, versions: found.versions ?? [] };
}
