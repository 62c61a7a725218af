import {
  type Address,
  type AnswerCall,
  type CallableError,
  type Digest,
  findReason,
  type Holding,
  type NodeAnnouncement,
  type NodeStatus,
  type OpenReceipts,
} from '@callable/protocol';
import { completeSettings, type NodeSettings } from './config.ts';
import type { NodeContext, NodeOverrides } from './context.ts';
import { joinNetwork } from './join/join-network.ts';
import { linkGateways } from './join/link-gateways.ts';
import { sayGoodbye } from './join/say-goodbye.ts';
import { followLog } from './log/follow-log.ts';
import { openContext } from './open-context.ts';
import { answerCall } from './serving/answer-call.ts';
import { describeNode, describeStatus, findHolding } from './serving/describe-node.ts';
import { finishCalls } from './serving/finish-calls.ts';
import { unloadIdleReplicas } from './serving/unload-idle-replicas.ts';
import { runTasks } from './tasks/run-tasks.ts';
import { tellHoldings } from './tasks/tell-holdings.ts';

export type RunningNode = AsyncDisposable & {
  address: Address;
  answerCall: AnswerCall;
  /** Signs what is answered on one link. */
  openReceipts: OpenReceipts;
  announcement(): NodeAnnouncement;
  status(): NodeStatus;
  /** How it holds a release, without listing all. */
  find(release: Digest): Holding | null;
  /** Calls the listener when holdings, quarantine or draining change; returns the way to stop. */
  onAnnouncementChange(listener: () => void): () => void;
  /** Resolves once the hub knows this node; rejects when the hub refuses it, or the node ends before. */
  joined: Promise<void>;
  /**
   * Resolves when the hub takes this process no more: another one with the same key has opened a newer session. From then
   * on it answers and checks nothing.
   */
  ended: Promise<CallableError>;
};

/**
 * Starts a node: it answers calls for what it holds at once, and joins the hub, leases tasks and dials gateways as
 * soon as the hub answers. Disposing finishes the calls that run, then closes everything.
 * Throws when another node runs on the same data directory.
 */
export async function startNode(settings: NodeSettings, overrides: NodeOverrides = {}): Promise<RunningNode> {
  const config = completeSettings(settings);
  const context = await openContext(config, overrides);
  const stopping = new AbortController();
  const answer: AnswerCall = async (head, body, signal, onPiece) => {
    context.underWay.calls++;
    try {
      return await answerCall(context, head, body, signal, onPiece);
    } finally {
      context.underWay.calls--;
    }
  };

  let tellEnd: (reason: CallableError) => void = () => undefined;
  const ended = new Promise<CallableError>((resolve) => {
    tellEnd = resolve;
  });
  const end = (reason: CallableError) => {
    if (stopping.signal.aborted) return;
    context.log.error(
      { code: reason.code },
      `this node has ended: ${reason.message} ${findReason(reason.code)?.next ?? ''}`,
    );
    context.state.replaced = true;
    drain(context);
    stopping.abort();
    tellEnd(reason);
  };

  const joined = joinNetwork(context, stopping.signal);
  const work = joined.then(
    () =>
      Promise.all([
        ...Array.from({ length: config.tasks }, () => runTasks(context, stopping.signal, end)),
        linkGateways(context, answer, stopping.signal),
        tellHoldings(context, stopping.signal),
        followLog(context, stopping.signal),
      ]),
    (error: unknown) => {
      if (!stopping.signal.aborted) context.log.error({ err: error }, 'the hub refused this node');
    },
  );
  const idling = unloadIdleReplicas(context, stopping.signal);

  return {
    address: context.address,
    answerCall: answer,
    openReceipts: context.receipts.open,
    announcement: () => describeNode(context),
    status: () => describeStatus(context),
    find: (release) => findHolding(context, release),
    onAnnouncementChange: context.changes.listen,
    joined,
    ended,
    async [Symbol.asyncDispose]() {
      drain(context);
      await finishCalls(context);
      stopping.abort();
      await Promise.allSettled([work, idling]);
      if (!context.state.replaced) await sayGoodbye(context);
      await context[Symbol.asyncDispose]();
    },
  };
}

/** From now on calls are refused as not begun, so gateways ask another node. */
function drain({ state, changes }: NodeContext): void {
  state.draining = true;
  changes.emit();
}
