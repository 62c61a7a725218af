import {
  type Digest,
  findKind,
  type LoggedStatement,
  parseDigest,
  parseReleaseRef,
  type Statement,
} from '@callable/protocol';
import { Check } from '@callable/protocol/schema';

/** What nodes and seeds said of the releases that were asked for, while a log is read. */
export type Words = {
  take(entry: LoggedStatement): void;
  /** In the order of the log; the latest of them where they are very many. */
  of(release: Digest): readonly Statement[];
};

const kinds: readonly string[] = ['release.validated', 'release.recomputed'];
const mostOfOne = 200;

/**
 * Collects reports and recomputations. The fold keeps no word of a node that it convicts, and just that one is to be looked
 * at again. Until the log is read to its end a name stands for every release it may mean.
 */
export function collectWords(asked: string): Words {
  const ref = parseReleaseRef(asked);
  const words = new Map<string, Statement[]>();
  const digest = parseDigest(asked);
  if (digest) words.set(digest, []);
  return {
    take({ statement }) {
      const { kind, subject, body } = statement;
      if (kind === 'release.published' && body.name === ref?.name && !words.has(subject)) words.set(subject, []);
      const said = kinds.includes(kind) ? words.get(subject) : undefined;
      const row = findKind(kind);
      if (!said || !row || !Check(row.body, body)) return;
      said.push(statement);
      if (said.length > mostOfOne) said.shift();
    },
    of: (release) => words.get(release) ?? [],
  };
}
