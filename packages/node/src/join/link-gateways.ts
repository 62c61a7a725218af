import type { AnswerCall } from '@callable/protocol';
import { getNetwork } from '@callable/sdk';
import type { NodeContext } from '../context.ts';
import { untilHubAnswers } from './until-hub-answers.ts';

/** Keeps a link to every gateway of the network, or to those the operator chose, until the signal aborts. */
export async function linkGateways(context: NodeContext, _answer: AnswerCall, signal: AbortSignal): Promise<void> {
  const { config, hub, log } = context;
  const gateways =
    config.gateways ??
    (await untilHubAnswers(context, 'asking for gateways', signal, () => getNetwork(hub, { signal }))).gateways;
  if (gateways.length > 0) log.warn({ gateways }, 'links to gateways are not built in yet');
}
