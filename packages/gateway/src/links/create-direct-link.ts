import { setMaxListeners } from 'node:events';
import {
  type Address,
  type AnswerCall,
  type Digest,
  type Holding,
  LinkLost,
  type NodeLink,
  type NodeStatus,
} from '@callable/protocol';

/** A link to a node in this very process: a function call instead of frames, under the same rules. */
export function createDirectLink(node: {
  node: Address;
  answerCall: AnswerCall;
  announcement: () => NodeStatus;
  find: (release: Digest) => Holding | null;
}): NodeLink {
  const end = new AbortController();
  // One for every call under way: there may be any number.
  setMaxListeners(0, end.signal);
  const closed = new Promise<void>((resolve) => end.signal.addEventListener('abort', () => resolve(), { once: true }));
  return {
    node: node.node,
    announcement: node.announcement,
    find: node.find,
    closed,
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
        const pass = async (piece: Uint8Array) => {
          if (settled) throw new LinkLost('Nobody takes this answer any more.', true);
          await onPiece?.(piece);
        };
        node.answerCall(head, body, signal, onPiece ? pass : undefined).then(
          (answer) => settle(() => resolve(answer)),
          (cause: unknown) => settle(() => reject(cause)),
        );
      });
    },
  };
}
