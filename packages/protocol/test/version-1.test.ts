import { expect, test } from 'vitest';
import {
  decodeEntry,
  emptyNetworkState,
  encodeEntry,
  parseManifest,
  parseReceipt,
  receiptLeaf,
  reduceNetwork,
  type SignedReceipt,
  Statement,
  statementId,
  statementKinds,
  toHex,
  verifyReceipt,
  verifyRequest,
  verifyStatement,
} from '../src/index.ts';
import { Check } from '../src/schema/check.ts';
import kept from './fixtures/version-1.json' with { type: 'json' };

/** What was written before any later version existed. The file is never made anew: if this fails, the code is wrong. */
const entries = kept.log.map((text) => {
  const entry = decodeEntry(new TextEncoder().encode(text));
  if (!entry) throw new Error(`no entry any more: ${text}`);
  return entry;
});

test('manifests of version 1 are read to the same digest', () => {
  expect(parseManifest(kept.manifest.manifest)).toEqual({ ok: true, ...kept.manifest });
});

test.each(kept.receipts)(
  'receipts of version 1 hold and are the same leaf of a batch: $id',
  ({ receipt, id, leaf }) => {
    expect(parseReceipt(receipt)).toEqual(receipt);
    expect(verifyReceipt(receipt as SignedReceipt, {})).toEqual({ ok: true, id });
    expect(toHex(receiptLeaf(receipt as SignedReceipt))).toBe(leaf);
  },
);

test.each(kept.requests)('requests of version 1 are accepted: $hash', ({ request, headers, hash, signer }) => {
  const { method, path, body, nonce, issuedAt } = request;
  const verdict = verifyRequest({ method, path, body, headers }, issuedAt + 1000);
  expect(verdict).toMatchObject({ ok: true, signer, nonce, issuedAt, hash });
});

test('statements of version 1, of every kind there was, hold and keep their ids and bytes', () => {
  for (const [index, entry] of entries.entries()) {
    const { statement, loggedAt } = entry;
    expect(Check(Statement, statement)).toBe(true);
    expect(verifyStatement(statement, loggedAt)).toEqual({ ok: true });
    expect(statementId(statement)).toBe(kept.ids[index]);
    expect(new TextDecoder().decode(encodeEntry(entry))).toBe(kept.log[index]);
    const row = statementKinds[statement.kind as keyof typeof statementKinds];
    expect(Check(row.body, statement.body)).toBe(true);
  }
});

test('a log of version 1 folds into the state it had', () => {
  const state = emptyNetworkState();
  for (const entry of entries) reduceNetwork(state, entry);
  // A state is a cache; since then Verified also says under which epoch it was checked, which here was always the first.
  for (const { tracks } of state.releases.values()) expect([1, undefined]).toContain(tracks.Verified.checked?.epoch);
  const withoutEpoch = (key: string, value: unknown) =>
    key === 'Verified' ? { ...(value as object), checked: undefined } : value;
  const plain = (map: ReadonlyMap<string, unknown>) =>
    JSON.parse(JSON.stringify(Object.fromEntries([...map]), withoutEpoch));
  const { hub, policy, at, size } = state;
  // Later versions keep more of it, and nothing else.
  expect({
    ...{ hub, policy, at, size },
    ...{ releases: plain(state.releases), nodes: plain(state.nodes), delegations: plain(state.delegations) },
    ...{ aliases: plain(state.aliases), labels: plain(state.labels) },
  }).toMatchObject(kept.state);
});
