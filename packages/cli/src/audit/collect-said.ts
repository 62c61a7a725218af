import {
  type Address,
  actsFor,
  type CallInFile,
  countWords,
  type FiledCall,
  findKind,
  judgeWords,
  keyOfReceipt,
  type LogEntry,
  listProbes,
  type NetworkState,
  type ProbeReveal,
  type ReceiptName,
  readReveal,
  type SaidBefore,
  type StatementBody,
  settledUntil,
  type UsageWord,
} from '@callable/protocol';
import { Check } from '@callable/protocol/schema';

type Words = { seq: number; loggedAt: number; signer: Address; body: StatementBody<'receipts.relied'> };

/** What a log says of calls beside their files: words of callers, to be judged when the calls are found, and keys of probes. */
export class Said {
  #words: Words[] = [];
  #reveals: ProbeReveal[] = [];
  #lastDay: number | null = null;
  #newestAt = 0;
  #found = new Map<string, FiledCall>();
  #wanted = new Map<string, ReceiptName>();

  /** The entries of a log in their order, those beyond `counted` left out by whoever calls. */
  take({ statement, loggedAt }: LogEntry, seq: number, hub: string): void {
    this.#newestAt = loggedAt;
    const { kind, signer, body } = statement;
    if (kind === 'probes.revealed') {
      const isOf = { hub, settledUntil: settledUntil(this.#lastDay, loggedAt) };
      const reveal = readReveal({ statement, loggedAt }, isOf);
      if (!reveal) return;
      this.#reveals.push(reveal);
      this.#lastDay = reveal.day;
    }
    if (kind !== 'receipts.relied' || !Check(findKind(kind)?.body ?? {}, body)) return;
    const said = { seq, loggedAt, signer, body: body as StatementBody<'receipts.relied'> };
    this.#words.push(said);
    for (const { node, session, number } of said.body.receipts) {
      const name = { node, session, number };
      this.#wanted.set(keyOfReceipt(name), name);
    }
  }

  get settledUntil(): number {
    return settledUntil(this.#lastDay, this.#newestAt);
  }

  /** Every key that the log shows, made anew. */
  probes(): ReadonlySet<Address> {
    return new Set(this.#reveals.flatMap((reveal) => [...listProbes(reveal)]));
  }

  /** Receipts whose calls are still to be found. */
  wanted(): readonly ReceiptName[] {
    return [...this.#wanted.values()];
  }

  isWanted(name: ReceiptName): boolean {
    return this.#wanted.has(keyOfReceipt(name));
  }

  /** The first file of the log that holds a call is the one that counts. */
  found(name: ReceiptName, call: CallInFile, { seq, filedAt }: { seq: number; filedAt: number }): void {
    this.#found.set(keyOfReceipt(name), { call, seq, filedAt });
    this.#wanted.delete(keyOfReceipt(name));
  }

  /** What counts of all that was said, in the order of the log. */
  judge({ delegations }: Pick<NetworkState, 'delegations'>): UsageWord[] {
    const before = new Map<string, SaidBefore>();
    return this.#words.flatMap(({ seq, loggedAt, signer: key, body }) => {
      const { caller } = body;
      const acts = { key, principal: caller, scope: 'call' as const, at: loggedAt };
      if (key !== caller && !actsFor(delegations.get(caller) ?? [], acts)) return [];
      const judged = judgeWords(
        body,
        { seq, loggedAt },
        (name) => this.#found.get(keyOfReceipt(name)) ?? null,
        (name) => before.get(keyOfReceipt(name)) ?? { relied: false, outcome: false },
      );
      for (const word of judged) {
        if (word.refused !== null) continue;
        const known = before.get(keyOfReceipt(word));
        before.set(keyOfReceipt(word), {
          relied: word.relied || known?.relied === true,
          outcome: word.outcome !== null || known?.outcome === true,
        });
      }
      return countWords(judged, loggedAt);
    });
  }
}
