import {
  type Address,
  addressOf,
  bareReceipt,
  CallableError,
  type Digest,
  hexOfDigest,
  type PrivateKey,
  type RunAnswer,
  verifyReceipt,
  writeExactJson,
  zeroAddress,
} from '@callable/protocol';
import { judgeAnswer } from '../verify/judge-answer.ts';
import { type SavedAnswer, tensorsIn } from '../verify/read-answer.ts';

/**
 * Refuses an answer whose receipt is not the signed word of the node it names about this release, this caller, these
 * inputs as they were sent and these outputs. What is returned holds of the receipt only what is signed.
 */
export function checkReceipt(answer: RunAnswer, key: PrivateKey | null, inputs: Uint8Array): RunAnswer {
  const { receipt } = answer;
  const verdict = verifyReceipt(receipt, {
    node: answer.node as Address,
    caller: key ? addressOf(key) : zeroAddress,
    release: hexOfDigest(answer.digest as Digest),
  });
  const wrong = verdict.ok ? wrongValues(answer, inputs) : verdict.field;
  if (wrong !== null)
    throw new CallableError(
      'ReceiptInvalid',
      `The answer came with a receipt whose ${wrong} is wrong, so it is not shown.`,
    );
  return { ...answer, receipt: bareReceipt(receipt) };
}

/** Outputs that nobody can compare are none that the node has signed; a gateway of before may show no shapes for inputs. */
function wrongValues({ receipt, outputs, salt, proof }: RunAnswer, request: Uint8Array): string | null {
  const saved: SavedAnswer = {
    receipt,
    outputs: new TextEncoder().encode(writeExactJson(outputs)),
    request,
    salt: salt ?? null,
    encoding: 'plain',
    said: null,
    tensors: tensorsIn(proof?.tensors),
  };
  const findings = judgeAnswer(saved, saved.tensors);
  const isWrong = (what: string) => findings.some((one) => one.what === what && one.outcome === 'failed');
  const hasOutputs = findings.some(({ what, outcome }) => what === 'outputs' && outcome === 'checked');
  return !hasOutputs ? 'outputs' : (['salt', 'inputs'].find(isWrong) ?? null);
}
