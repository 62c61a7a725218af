import { sql } from 'kysely';
import { kindCodes } from './subject.ts';

/** Of a row of `release_stage`: whether somebody independent relied on an answer of it in seven days. Few are, so they are listed. */
export const isRelied = sql<boolean>`(release_stage.digest in (
  select 'sha256:' || encode(subject, 'hex') from usage_window where kind = ${sql.lit(kindCodes.release)} and relied > 0))`;
