import type { Address, Label, LabelView } from '@callable/protocol';
import { sql } from 'kysely';
import type { HubContext } from '../context.ts';
import { type JsonText, readJson } from '../db/json-text.ts';

type LabelContext = Pick<HubContext, 'db' | 'clock' | 'config'>;

/** Labels shown of one subject: anybody may attach some under any number of keys. */
export const mostLabels = 100;

/** The labels of a subject as they stand now: first those this hub follows, then the newest; read with `viewLabel`. */
export const selectLabels = (ctx: LabelContext, subject: string, most = mostLabels) =>
  standing(ctx)
    .where('subject', '=', subject)
    .orderBy(sql<boolean>`signer = any(${followedBy(ctx)}::text[])`, 'desc')
    .orderBy('since', 'desc')
    .limit(most);

/** Who says what about a subject, as it stands now. */
export async function listLabels(ctx: LabelContext, subject: string, most = mostLabels): Promise<LabelView[]> {
  const rows = await selectLabels(ctx, subject, most).execute();
  return rows.map(({ content }) => viewLabel(ctx, content));
}

/** What those this hub follows say about each of these subjects. */
export async function listFollowedLabels(
  ctx: LabelContext,
  subjects: readonly string[],
): Promise<Map<string, LabelView[]>> {
  const found = new Map<string, LabelView[]>();
  const followed = followedBy(ctx);
  if (subjects.length === 0 || followed.length === 0) return found;
  const rows = await standing(ctx)
    .where('subject', 'in', subjects)
    .where('signer', 'in', followed)
    .orderBy('since', 'desc')
    .limit(subjects.length * mostLabels)
    .execute();
  for (const { subject, content } of rows) found.set(subject, [...(found.get(subject) ?? []), viewLabel(ctx, content)]);
  return found;
}

const followedBy = ({ config }: Pick<HubContext, 'config'>): Address[] => [...config.labelers];

const standing = (ctx: LabelContext) =>
  ctx.db
    .selectFrom('label')
    .select(['subject', 'content'])
    .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', ctx.clock())]));

/** A kept label as the API shows it. */
export function viewLabel(ctx: Pick<HubContext, 'config'>, content: JsonText<Label>): LabelView {
  const { signer, since, expiresAt, ...label } = readJson(content);
  return {
    ...label,
    by: signer,
    since: new Date(since).toISOString(),
    expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
    followed: ctx.config.labelers.includes(signer),
  };
}
