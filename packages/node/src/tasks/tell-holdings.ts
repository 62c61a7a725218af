import { setTimeout as pause } from 'node:timers/promises';
import { createHoldingsJournal } from '@callable/protocol';
import { reportHoldings } from '@callable/sdk';
import type { NodeContext } from '../context.ts';
import { isPassing } from '../join/until-hub-answers.ts';
import { describeNode } from '../serving/describe-node.ts';
import { noteTrouble } from '../serving/note-trouble.ts';
import { createBackoff } from '../waiting/create-backoff.ts';

/** Changes within this time are told together, milliseconds. */
const gatherMs = 100;
/** How often the hub is asked whether it still knows: it may have been restored, or have forgotten a node that was away. */
const lookAgainMs = 60_000;
/** What found no room is told anew after so long. */
const tellAnewMs = 10 * 60_000;
const here = 'hub';

/**
 * Tells the hub what this node holds, a page after the other, until the signal aborts. The hub says up to where it was told,
 * so that neither a lost answer nor a restart of either loses anything.
 */
export async function tellHoldings(context: NodeContext, signal: AbortSignal): Promise<void> {
  const { hub, receipts, changes, clock, random, log, troubles, presence } = context;
  const [journal, backoff, asker] = [createHoldingsJournal(), createBackoff(random), presence.askAt('hub')];
  let [told, toldAnewAt] = [0, clock()];
  while (!signal.aborted) {
    using change = nextChange(changes, signal);
    try {
      journal.update(describeNode(context).holdings);
      if (troubles.has(here) && clock() - toldAnewAt > tellAnewMs) [told, toldAnewAt] = [0, clock()];
      const page = journal.page(told);
      const answer = await reportHoldings(hub, { session: receipts.id, page }, { signal });
      asker.there();
      noteTrouble(context, here, answer.trouble);
      told = answer.told;
      if (told !== page.upTo) await backoff.wait(signal);
      else backoff.reset();
      if (told !== page.upTo || page.more) continue;
      await change.come;
      await pause(gatherMs, undefined, { signal });
    } catch (error) {
      if (signal.aborted) return;
      const isHeard = isPassing(error) && asker.away(error.message);
      // A refusal for good is an answer.
      if (!isPassing(error)) asker.there();
      if (!isHeard)
        log.warn({ err: isPassing(error) ? String(error) : error }, 'the hub was not told what this node holds');
      await backoff.wait(signal).catch(() => undefined);
    }
  }
}

/** Listens from now on: `come` resolves at the next change, after a time, or when the signal aborts. */
function nextChange(changes: NodeContext['changes'], signal: AbortSignal): Disposable & { come: Promise<void> } {
  const ended = new AbortController();
  const until = AbortSignal.any([ended.signal, signal]);
  const come = new Promise<void>((resolve) => {
    ended.signal.addEventListener('abort', changes.listen(resolve), { once: true });
    pause(lookAgainMs, undefined, { signal: until }).then(resolve, () => resolve());
  });
  return { come, [Symbol.dispose]: () => ended.abort() };
}
