import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Address } from '../src/identity/address.ts';
import { type Digest, digestJson, hexOfDigest } from '../src/identity/digest.ts';
import { emptyNetworkState, type NetworkState } from '../src/network/network-state.ts';
import { reduceNetwork } from '../src/network/reduce-network.ts';
import { standingOf } from '../src/nodes/standing.ts';
import { defaultPolicy, type Policy } from '../src/policy/policy.ts';
import { commitmentOf } from '../src/statements/commitment.ts';
import type { LoggedStatement } from '../src/statements/logged-statement.ts';
import { statementId } from '../src/statements/statement.ts';
import { hub, publisher } from './release-story.ts';

/** Rounds under the rules of version 2, told by seeds and honest nodes that say what is so, and by others who say anything. */
const address = (n: number) => `0x${n.toString(16).padStart(40, '0')}` as Address;
const seeds = [address(1), address(2)];
const honest = [address(11), address(12), address(13)];
const strangers = [address(21), address(22), address(23), address(24)];
const release = digestJson('a release');
const policy: Policy = { ...defaultPolicy, seeds, standing: { comparisons: 1, days: 0 } };
const networkOf = (node: Address) => node.slice(-32);
const start = 1_790_000_000_000;

const say = (kind: string, subject: string, signer: Address, body: object, at: number): LoggedStatement => ({
  statement: { kind, subject, signer, body: body as never, issuedAt: at, signature: `0x${'0'.repeat(130)}` },
  loggedAt: at,
});

type Word = {
  ok: boolean;
  deterministic: boolean;
  digest: number | null;
  passed: boolean | undefined;
  runtime: number;
};
const anyWord: fc.Arbitrary<Word> = fc.record({
  ok: fc.boolean(),
  deterministic: fc.boolean(),
  digest: fc.option(fc.integer({ min: 0, max: 3 }), { nil: null }),
  passed: fc.option(fc.boolean(), { nil: undefined }),
  runtime: fc.integer({ min: 0, max: 1 }),
});
type Move =
  | { do: 'draw'; strangers: Address[]; honest: Address[]; seed: Address }
  | { do: 'report'; node: Address; word: Word }
  | { do: 'recompute'; node: Address; word: Word };
const among = (nodes: readonly Address[]) => fc.constantFrom(...nodes);
const everybody = [...seeds, ...honest, ...strangers];
const anyMove: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('draw' as const),
      strangers: fc.subarray(strangers),
      honest: fc.subarray(honest),
      seed: among(seeds),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('report' as const), node: among(everybody), word: anyWord }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('recompute' as const), node: among(everybody), word: anyWord }) },
);
const history = fc.record({
  truth: fc.boolean(),
  moves: fc.array(anyMove, { minLength: 4, maxLength: 24 }),
});

/** What is so: the digest of a round is 0, and the vectors pass or not. Whoever is honest says this, whatever was drawn for it. */
const soIs = (node: Address, word: Word, truth: boolean): Word =>
  [...seeds, ...honest].includes(node)
    ? { ok: truth, deterministic: true, digest: 0, passed: truth, runtime: 0 }
    : word;

function play(
  { truth, moves }: { truth: boolean; moves: readonly Move[] },
  look: (state: NetworkState) => void,
  signers = new Map<string, Address>(),
) {
  const state = emptyNetworkState(hub);
  let at = start;
  let round = '';
  const log = (statement: LoggedStatement) => {
    reduceNetwork(state, statement);
    look(state);
    const id = statementId(statement.statement);
    signers.set(id, statement.statement.signer);
    return id;
  };
  log(say('policy.adopted', hub, hub, { policy }, at));
  log(say('release.published', release, publisher, { publisher, name: 'm', version: '1.0.0' }, at));
  for (const [index, move] of moves.entries()) {
    at += 1;
    if (index === 0 || move.do === 'draw') {
      const drawn = move.do === 'draw' ? [move.seed, ...move.honest, ...move.strangers] : [seeds[0], ...strangers];
      const validators = drawn as Address[];
      const networks = validators.map(networkOf);
      const body = { validators, quorum: 3, epoch: 1, sealed: true, networks, publisherNetwork: 'f'.repeat(32) };
      round = hexOfDigest(log(say('release.drawn', release, hub, body, at)) as Digest);
    }
    if (move.do === 'draw') continue;
    const { ok, deterministic, digest, passed, runtime } = soIs(move.node, move.word, truth);
    const answer = { runtime: `wasm ${runtime}`, digest: `${digest}`.repeat(64), inputs: 2 };
    const adjudication = digest === null ? null : { ...answer, ...(passed === undefined ? {} : { passed }) };
    const verdict = { ok, reason: ok ? 'VectorsPassed' : 'VectorFailed', message: '', epoch: 1, round, adjudication };
    if (move.do === 'recompute') {
      const body = { ...verdict, runtime: { name: 'r', version: '1' }, agrees: true };
      log(say('release.recomputed', release, move.node, body, at));
      continue;
    }
    const measured = { runtime: { name: 'r', version: '1' }, loadMs: 1, peakBytes: 1, vectors: [] };
    const body = { ...verdict, ...measured, deterministic };
    const commitment = commitmentOf(release, move.node, body);
    log(say('release.committed', release, move.node, { epoch: 1, commitment }, at));
    log(say('release.validated', release, move.node, body, at));
  }
  return state;
}

test('attack: whatever strangers say and in whichever order, what is decided is so, and nobody honest is convicted', () => {
  const seen = { True: 0, False: 0, convicted: 0, standing: 0 };
  fc.assert(
    fc.property(history, ({ truth, moves }) => {
      const state = play({ truth, moves }, (now) => {
        const { status } = now.releases.get(release)?.tracks.Verified ?? { status: 'Unknown' };
        if (status !== 'Unknown') expect(status).toBe(truth ? 'True' : 'False');
        for (const node of [...seeds, ...honest]) expect(now.nodes.get(node)?.convicted ?? null).toBeNull();
      });
      const { status } = state.releases.get(release)?.tracks.Verified ?? { status: 'Unknown' };
      if (status !== 'Unknown') seen[status]++;
      for (const node of strangers) if (state.nodes.get(node)?.convicted) seen.convicted++;
      for (const node of honest) {
        const known = state.nodes.get(node);
        if (known && standingOf(node, known, start + 1000, policy) === 'standing') seen.standing++;
      }
    }),
    { numRuns: 600 },
  );
  // The rarest comes about 25 times: that each is seen must not hang on the draw.
  for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(5);
});

test('nothing is True or False but by the word of a seed, however many agree', () => {
  fc.assert(
    fc.property(history, (one) => {
      const signers = new Map<string, Address>();
      const state = play(one, () => undefined, signers);
      const track = state.releases.get(release)?.tracks.Verified;
      if (!track || track.status === 'Unknown') return;
      expect(track.evidence.some((id) => seeds.includes(signers.get(id) as Address))).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('the same log folds into the same state, by whoever folds it', () => {
  fc.assert(
    fc.property(history, (one) => {
      const essence = (state: NetworkState) => JSON.stringify([[...state.releases], [...state.nodes]]);
      expect(essence(play(one, () => undefined))).toBe(essence(play(one, () => undefined)));
    }),
    { numRuns: 100 },
  );
});
