import type { ExactAnswer } from '@callable/node';
import type { NetworkState } from '@callable/protocol';
import { checked, type Finding, failed, unchecked } from './finding.ts';
import type { AskedWord } from './list-asked-words.ts';

/** Whether a word is what the same build of wasm gives here. Another build gives other bytes, and proves nothing. */
export function judgeWord(
  { what, node, adjudication: said }: AskedWord,
  own: ExactAnswer['adjudication'],
  { nodes }: Pick<NetworkState, 'nodes'>,
): Finding {
  if (!said) return unchecked(what, 'It cannot be compared: it holds no answers of the wasm runtime.');
  if (said.runtime !== own.runtime)
    return unchecked(what, `It cannot be compared: it was made with ${said.runtime}, here is ${own.runtime}.`);
  if (said.digest !== own.digest)
    return failed(what, `Invented: its digest is ${said.digest}, the answers give ${own.digest}, twice.`);
  if (said.passed !== undefined && said.passed !== own.passed)
    return failed(
      what,
      `Invented: it says that the vectors ${outcome(said.passed)} on wasm, and they ${outcome(own.passed)}.`,
    );
  const convicted = nodes.get(node)?.convicted;
  const though = convicted ? ` The log convicts it all the same: ${convicted.message}` : '';
  const vectors = said.passed === undefined ? '' : `, and the vectors ${outcome(own.passed)}`;
  return checked(what, `Right: its digest comes out on ${own.runtime}${vectors}.${though}`);
}

const outcome = (passed: boolean) => (passed ? 'pass' : 'fail');
