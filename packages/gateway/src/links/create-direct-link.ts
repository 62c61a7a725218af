import { setMaxListeners } from 'node:events';
import {
  type Address,
  type AnswerCall,
  type ArrivedBatch,
  type Digest,
  type GoodNodeAnswer,
  type Holding,
  type LinkAnswer,
  LinkLost,
  type NodeAnswer,
  type NodeLink,
  type NodeStatus,
  type OpenReceipts,
} from '@callable/protocol';

/** An answer that waits for the batch of its receipt. */
type Ready = {
  head: GoodNodeAnswer;
  body: Uint8Array;
  onReceipt: NodeAnswer['onReceipt'];
  pass: (answer: LinkAnswer) => void;
  /** Whether its caller still waits. */
  isAwaited: () => boolean;
};

/**
 * A link to a node in this very process: a function call instead of frames, under the same rules. The node signs the same
 * batches; nothing is checked that this process has just signed.
 */
export function createDirectLink(node: {
  node: Address;
  answerCall: AnswerCall;
  announcement: () => NodeStatus;
  find: (release: Digest) => Holding | null;
  openReceipts: OpenReceipts;
  /** Whom the receipts are for. */
  gateway: Address;
}): NodeLink {
  const end = new AbortController();
  // One for every call under way: there may be any number.
  setMaxListeners(0, end.signal);
  const closed = new Promise<void>((resolve) => end.signal.addEventListener('abort', () => resolve(), { once: true }));
  const listeners = new Set<(batch: ArrivedBatch) => void>();
  const receipts = node.openReceipts<Ready>(node.gateway, ({ entries, ...arrived }) => {
    for (const listener of listeners) listener(arrived);
    for (const { receipt, id, given } of entries) {
      if (!given.isAwaited()) arrived.dropped.add(receipt.seq);
      given.onReceipt?.(id);
      const { facts: _, ...head } = given.head;
      given.pass({ head: { ...head, receipt, batch: arrived }, body: given.body });
    }
  });
  end.signal.addEventListener('abort', () => receipts.end(), { once: true });
  return {
    node: node.node,
    announcement: node.announcement,
    find: node.find,
    closed,
    onBatch(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => end.abort(),
    call(head, body, signal, onPiece) {
      if (end.signal.aborted) return Promise.reject(new LinkLost('The link to the node has ended.', false));
      if (signal.aborted) return Promise.reject(signal.reason);
      return new Promise((resolve, reject) => {
        const onAbort = () => settle(() => reject(signal.reason));
        const onEnd = () => settle(() => reject(new LinkLost('The link to the node has ended.', true)));
        let settled = false;
        const settle = (finish: () => void) => {
          settled = true;
          signal.removeEventListener('abort', onAbort);
          end.signal.removeEventListener('abort', onEnd);
          finish();
        };
        signal.addEventListener('abort', onAbort, { once: true });
        end.signal.addEventListener('abort', onEnd, { once: true });
        const pass = async (piece: Uint8Array, salt: string) => {
          if (settled) throw new LinkLost('Nobody takes this answer any more.', true);
          await onPiece?.(piece, salt);
        };
        node
          .answerCall(head, body, signal, onPiece ? pass : undefined)
          .then(({ head, body, onReceipt }) => {
            const pass = (answer: LinkAnswer) => settle(() => resolve(answer));
            if (!head.ok) return pass({ head, body });
            // Nobody waits any more: it needs no receipt.
            if (!settled) receipts.add(head.facts, { head, body, onReceipt, pass, isAwaited: () => !settled });
          })
          .catch((cause: unknown) => settle(() => reject(cause)));
      });
    },
  };
}
