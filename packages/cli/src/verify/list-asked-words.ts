import {
  type Address,
  checkSeed,
  type Digest,
  type Panel,
  roundSeed,
  type Statement,
  type StatementBody,
  toHex,
} from '@callable/protocol';

/** One word on a release that others can compare with their own answers. */
export type AskedWord = {
  what: string;
  node: Address;
  adjudication: StatementBody<'release.recomputed'>['adjudication'];
  /** From which its made-up inputs follow; hex. */
  seed: string;
};

/** Those of the last draw, each node's last one. Before there were rounds, those of its epoch, each with inputs of its own. */
export function listAskedWords(release: Digest, { round, epoch }: Panel, said: readonly Statement[]): AskedWord[] {
  const words = new Map<string, AskedWord>();
  for (const { kind, signer: node, body } of said) {
    const word = body as Partial<StatementBody<'release.recomputed'>>;
    // In a network without seeds a node of before may still have inputs of its own.
    const isOfRound = round !== null && word.round === round.id;
    const isOfBefore = word.round === undefined && (round === null || round.open) && word.epoch === epoch;
    if (!isOfRound && !isOfBefore) continue;
    const seed = word.round === undefined ? checkSeed(release, node, epoch) : roundSeed(release, word.round);
    const what = `${kind === 'release.recomputed' ? 'recomputation' : 'report'} of ${node}`;
    words.set(`${what} ${word.adjudication?.digest}`, {
      ...{ what, node, adjudication: word.adjudication ?? null, seed: toHex(seed) },
    });
  }
  return [...words.values()];
}
