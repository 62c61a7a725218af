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
  /** What ends each call under way; a listener each on one signal costs a tenth of a call. */
  const underWay = new Set<() => void>();
  let hasEnded = false;
  let tellClosed = () => {};
  const closed = new Promise<void>((resolve) => {
    tellClosed = resolve;
  });
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

  function close(): void {
    if (hasEnded) return;
    hasEnded = true;
    receipts.end();
    for (const end of underWay) end();
    tellClosed();
  }

  return {
    node: node.node,
    announcement: node.announcement,
    find: node.find,
    closed,
    onBatch(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close,
    call(head, body, signal, onPiece) {
      if (hasEnded) return Promise.reject(new LinkLost('The link to the node has ended.', false));
      if (signal.aborted) return Promise.reject(signal.reason);
      return new Promise((resolve, reject) => {
        const onAbort = () => settle(() => reject(signal.reason));
        const onEnd = () => settle(() => reject(new LinkLost('The link to the node has ended.', true)));
        let settled = false;
        const settle = (finish: () => void) => {
          settled = true;
          signal.removeEventListener('abort', onAbort);
          underWay.delete(onEnd);
          finish();
        };
        signal.addEventListener('abort', onAbort, { once: true });
        underWay.add(onEnd);
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
