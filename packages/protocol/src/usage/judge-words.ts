import type { Address } from '../identity/address.ts';
import type { Static } from '../schema/type.ts';
import type { receiptsRelied } from '../statements/kinds/receipts-relied.ts';
import { isOld } from './count-file.ts';
import type { CallInFile, ReceiptName } from './find-calls.ts';
import { dayMs, dayOf, type UsageWord } from './usage-rows.ts';

export type ReceiptWord = Static<typeof receiptsRelied.body>['receipts'][number];

/** A call and the statement whose file holds it: the first such file of the log. */
export type FiledCall = { call: CallInFile; seq: number; filedAt: number };

/** What was said of a receipt before, by words that counted. */
export type SaidBefore = { relied: boolean; outcome: boolean };

export type JudgedWord = ReceiptName & {
  /** What counts of it; `refused` says why nothing does. */
  relied: boolean;
  outcome: 'right' | 'wrong' | null;
} & ({ refused: null; call: Exclude<CallInFile, 'bare'>; filedAt: number } | { refused: WordRefusal });

export type WordRefusal =
  | 'StatementInvalid'
  | 'ReceiptNotFound'
  | 'ReceiptNotLogged'
  | 'ReceiptOfAnother'
  | 'AnswerNotWhole'
  | 'ReceiptOutdated'
  | 'WordRepeated';

/** Days after a call was filed in which its caller may say so. One network's voice is heard once for each of them. */
export const reliedWithinDays = 7;
export const outcomeWithinDays = 90;

/**
 * Judges the words of a `receipts.relied` statement whose signer may speak for `caller`, which stands in the log as `seq` since `loggedAt`. `callOf`
 * finds a call by node, session and number in the files beside the log, `saidBefore` what words that count said of it. A pure function of both: hub and
 * auditor judge by it alone.
 */
export function judgeWords(
  { caller, receipts }: { caller: Address; receipts: readonly ReceiptWord[] },
  { seq, loggedAt }: { seq: number; loggedAt: number },
  callOf: (name: ReceiptName) => FiledCall | null,
  saidBefore: (name: ReceiptName) => SaidBefore,
): JudgedWord[] {
  const saidHere = new Map<string, SaidBefore>();
  return receipts.map((word) => {
    const { node, session, number } = word;
    const name = { node, session, number };
    const refuse = (refused: WordRefusal): JudgedWord => ({ ...name, relied: false, outcome: null, refused });
    const filed = callOf(name);
    const why = whyRefused(word, caller, filed, seq);
    if (why !== null) return refuse(why);
    const { call, filedAt } = filed as FiledCall & { call: Exclude<CallInFile, 'bare'> };
    const before = saidHere.get(keyOfReceipt(name)) ?? saidBefore(name);
    const isNew = { relied: word.relied === true && !call.relies && !before.relied, outcome: !before.outcome };
    const within = (days: number) => loggedAt < filedAt + days * dayMs;
    const relied = isNew.relied && within(reliedWithinDays);
    const outcome = isNew.outcome && within(outcomeWithinDays) ? (word.outcome ?? null) : null;
    if (!relied && outcome === null)
      return refuse(isNew.relied || (isNew.outcome && word.outcome) ? 'ReceiptOutdated' : 'WordRepeated');
    saidHere.set(keyOfReceipt(name), { relied: before.relied || relied, outcome: before.outcome || outcome !== null });
    return { ...name, relied, outcome, refused: null, call, filedAt };
  });
}

function whyRefused(word: ReceiptWord, caller: Address, filed: FiledCall | null, seq: number): WordRefusal | null {
  if (!word.relied && !word.outcome) return 'StatementInvalid';
  if (!filed || filed.call === 'bare') return 'ReceiptNotFound';
  // attack: words said in advance, for answers that are still to come.
  if (filed.seq >= seq) return 'ReceiptNotLogged';
  const { call, filedAt } = filed;
  if (call.caller !== caller) return 'ReceiptOfAnother';
  if (!call.isWhole) return 'AnswerNotWhole';
  // What is no call of its day is none that anybody could act on.
  return isOld(call, { filedAt }) ? 'ReceiptOutdated' : null;
}

/** A receipt as a key of maps. */
export const keyOfReceipt = ({ node, session, number }: ReceiptName): string => `${node} ${session} ${number}`;

/** The rows of words that were judged, of the day on which they entered the log. */
export function countWords(judged: readonly JudgedWord[], loggedAt: number): UsageWord[] {
  const rows = new Map<string, UsageWord>();
  for (const word of judged) {
    if (word.refused !== null) continue;
    const { release, node, caller, principal, gateway, tag } = word.call;
    if (caller === null) continue;
    const callDay = dayOf(word.filedAt);
    const key = `${callDay} ${release} ${node} ${caller} ${principal} ${gateway} ${tag}`;
    const known = rows.get(key) ?? {
      ...{ day: dayOf(loggedAt), callDay, release, node, caller, principal, gateway, tag },
      ...{ relied: 0, right: 0, wrong: 0 },
    };
    rows.set(key, {
      ...known,
      relied: known.relied + (word.relied ? 1 : 0),
      right: known.right + (word.outcome === 'right' ? 1 : 0),
      wrong: known.wrong + (word.outcome === 'wrong' ? 1 : 0),
    });
  }
  return [...rows.values()];
}
