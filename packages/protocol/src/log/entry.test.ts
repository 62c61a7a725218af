import { expect, it } from 'vitest';
import { canonicalBytes } from '../json/canonical-json.ts';
import { type PrivateKey, parsePrivateKey } from '../keys/private-key.ts';
import { signStatement } from '../statements/sign-statement.ts';
import { maxStatementBytes } from '../statements/statement.ts';
import { decodeEntry, encodeEntry } from './entry.ts';
import { encodeBundle } from './tiles.ts';

const key = parsePrivateKey('11'.repeat(32)) as PrivateKey;
const sign = (text: string) =>
  signStatement({ kind: 'handle.claimed', subject: 'a', body: { text }, issuedAt: 1 }, key);
const entry = { loggedAt: 1_790_000_000_000, statement: sign('x') };

it('comes back as it was logged', () => {
  expect(decodeEntry(encodeEntry(entry))).toEqual(entry);
});

it('fits a bundle with the largest statement there can be and the latest time', () => {
  const empty = canonicalBytes(sign('')).length;
  const statement = sign('x'.repeat(maxStatementBytes - empty));
  expect(canonicalBytes(statement)).toHaveLength(maxStatementBytes);
  const bytes = encodeEntry({ loggedAt: 8.64e15, statement });
  expect(bytes.length).toBeLessThanOrEqual(65_535);
  expect(() => encodeBundle([bytes])).not.toThrow();
});

it.each([
  ['another spelling of the same', ` ${new TextDecoder().decode(encodeEntry(entry))}`],
  ['members in another order', JSON.stringify({ statement: entry.statement, loggedAt: entry.loggedAt })],
  ['a further member', JSON.stringify({ ...entry, seq: 1 })],
  ['no statement', '{"loggedAt":1}'],
  ['no JSON', '{'],
  ['nothing', ''],
])('attack: %s is no entry', (_, text) => {
  expect(decodeEntry(new TextEncoder().encode(text))).toBeNull();
});

it('attack: bytes that are no UTF-8 are no entry', () => {
  expect(decodeEntry(Uint8Array.of(0x22, 0xff, 0x22))).toBeNull();
});
