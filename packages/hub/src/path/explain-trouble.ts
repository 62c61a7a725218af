import { findReason } from '@callable/protocol';
import { boundText } from '../bound-text.ts';
import type { Trouble } from './list-troubles.ts';

/**
 * Why a validator cannot do its task, as a condition says it. The words are the node's, a stranger's: they are
 * bounded, attributed to it, and become a reason only when they are one of ours that tells of a node or its way here.
 */
export function explainTrouble({ node, error }: Trouble): { reason: string; message: string } {
  const [, code = '', rest = error] = /^([A-Z][A-Za-z]{1,58}): ([\s\S]*)$/.exec(error) ?? [];
  const status = findReason(code)?.status ?? 0;
  const reason = status >= 500 && code !== 'Internal' ? code : 'AwaitingValidators';
  return {
    reason,
    message: `The node ${node} cannot verify it: ${boundText(rest, 800)} It is asked again, ever more seldom.`,
  };
}
