import { setTimeout as pause } from 'node:timers/promises';
import type { AnswerCall } from '@callable/protocol';
import { getNetwork } from '@callable/sdk';
import type { NodeContext } from '../context.ts';
import { dialGateway } from '../link/dial-gateway.ts';
import { describeNode } from '../serving/describe-node.ts';
import { noteTrouble } from '../serving/note-trouble.ts';
import { untilHubAnswers } from './until-hub-answers.ts';

/** How often the hub is asked whether there are more gateways, milliseconds. */
const askAgainMs = 60_000;
/** A hub that names thousands of addresses must not turn its nodes into a flood against them. */
const mostGateways = 64;

/** Keeps a link to every gateway of the network, or to those the operator chose, until the signal aborts. */
export async function linkGateways(context: NodeContext, answerCall: AnswerCall, signal: AbortSignal): Promise<void> {
  const links = new Map<string, Promise<void>>();
  const { key, clock, random, log, changes, links: open, presence } = context;
  while (!signal.aborted) {
    for (const url of await listGateways(context, signal)) {
      if (links.has(url) || links.size >= mostGateways) continue;
      const announcement = () => describeNode(context);
      const onAnnouncementChange = changes.listen;
      const link = dialGateway({
        url,
        key,
        clock,
        random,
        announcement,
        onAnnouncementChange,
        answerCall,
        openReceipts: context.receipts.open,
        links: open,
        asker: presence.askAt(url),
        onNotice: (trouble) => noteTrouble(context, url, trouble),
        signal,
        log,
      });
      links.set(url, link);
    }
    if (context.config.gateways) break;
    await pause(askAgainMs, undefined, { signal }).catch(() => undefined);
  }
  await Promise.all(links.values());
}

async function listGateways(context: NodeContext, signal: AbortSignal): Promise<string[]> {
  const { config, hub } = context;
  if (config.gateways) return config.gateways;
  try {
    const network = await untilHubAnswers(context, 'asking for gateways', signal, () => getNetwork(hub, { signal }));
    return network.gateways.filter((url) => URL.canParse(url));
  } catch {
    // Links there are stay as they are; the hub is asked again later.
    return [];
  }
}
