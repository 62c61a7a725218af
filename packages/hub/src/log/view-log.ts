import { formatVerifierKey, type LogView } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { readPublished } from './log-head.ts';

/** What a reader needs to know of the log, and how it fares. */
export async function viewLog(ctx: Pick<HubContext, 'tlog'>): Promise<LogView> {
  const { key, vkey, witnesses, atLeast, state } = ctx.tlog;
  // Files of another log are no reason not to say which one is ours; the state tells of them.
  const published = await readPublished(ctx).catch(() => null);
  return {
    origin: key.name,
    vkey,
    size: published?.size ?? null,
    witnesses: witnesses.map((witness) => formatVerifierKey(witness.key)),
    atLeast,
    state,
  };
}
