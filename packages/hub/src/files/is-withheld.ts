import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';

/** Releases looked at; a file in more of them than this is no model of one publisher. */
const mostReleases = 1000;

/**
 * Whether this hub has refused to hand out a file: it is the model of a release whose bytes are refused, under
 * whatever other name it was published again, or only such releases name it. What they share with others stays.
 */
export async function isWithheld(ctx: Pick<HubContext, 'db'>, sha256: string): Promise<boolean> {
  const releases = () =>
    ctx.db
      .selectFrom('release_file')
      .innerJoin('release_state', 'release_state.digest', 'release_file.release')
      .where('release_file.sha256', '=', sha256);
  const refused = await releases()
    .innerJoin('release', 'release.digest', 'release_file.release')
    .select('release.manifest')
    .where('release_state.withheld', '=', true)
    .limit(mostReleases)
    .execute();
  if (refused.length === 0) return false;
  const isModel = refused.some(({ manifest }) => {
    const { files, entry } = readJson(manifest);
    return files.some((file) => file.path === entry && file.sha256 === sha256);
  });
  if (isModel) return true;
  const other = await releases().select('release').where('withheld', '=', false).limit(1).executeTakeFirst();
  return other === undefined;
}
