import { type FiledCall, keyOfReceipt, type ReceiptName } from '@callable/protocol';
import { sql } from 'kysely';
import type { CallsThread } from '../calls/desk/calls-thread.ts';
import { placeOf } from '../calls/intake/segment-files.ts';
import type { HubContext } from '../context.ts';

/** In place of the number of a statement, where a file has none yet: it comes after every word. */
export const notFiled = Number.MAX_SAFE_INTEGER;

type Row = {
  at: number;
  id: string;
  file: string | null;
  offset: number;
  length: number;
  seq: number | null;
  filed_at: number | null;
};

/** The calls of these names in what was filed. Each segment is read once, in that thread, and none for a session that nobody reported. */
export async function findFiledCalls(
  ctx: Pick<HubContext, 'tlog'>,
  db: Parameters<ReturnType<typeof sql>['execute']>[0],
  names: readonly ReceiptName[],
  thread: () => CallsThread,
): Promise<(name: ReceiptName) => FiledCall | null> {
  const { rows } = await sql<Row>`
    select given.at::integer as at, segment.id, segment.file, segment.offset, segment.length, segment.batch as seq, statement.logged_at as filed_at
    from unnest(${names.map(({ session }) => session)}::text[], ${names.map(({ node }) => node)}::text[],
      ${names.map(({ number }) => number)}::bigint[]) with ordinality as given (session, node, number, at)
    join receipt_run on receipt_run.session = given.session and receipt_run.node = given.node
      and first <= given.number and last >= given.number
    join segment on segment.id = receipt_run.segment
    left join statement on statement.seq = segment.batch`.execute(db);
  const found = new Map<string, FiledCall>();
  const segments = new Map<string, Row[]>();
  for (const row of rows) segments.set(row.id, [...(segments.get(row.id) ?? []), row]);
  for (const inOne of segments.values()) {
    const [first] = inOne;
    const place = first && placeOf(ctx, first);
    if (!place) continue;
    const asked = inOne.flatMap(({ at }) => names[at - 1] ?? []);
    const calls = await thread().ask('calls', place, asked);
    const { seq, filed_at } = first;
    for (const [index, name] of asked.entries()) {
      const call = calls[index];
      if (call) found.set(keyOfReceipt(name), { call, seq: seq ?? notFiled, filedAt: filed_at ?? 0 });
    }
  }
  return (name) => found.get(keyOfReceipt(name)) ?? null;
}
