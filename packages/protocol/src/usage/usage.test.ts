import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Address } from '../identity/address.ts';
import { parsePrivateKey } from '../keys/private-key.ts';
import { readTerms } from '../requests/read-terms.ts';
import { doesRely, reliesText } from '../requests/relies.ts';
import { signRelyingRequest } from '../requests/sign-relying-request.ts';
import { signRequestOnTerms } from '../requests/sign-request-on-terms.ts';
import { verifyRequest } from '../requests/verify-request.ts';
import { writeTerms } from '../requests/write-terms.ts';
import type { UsageFacts } from './figure-day.ts';
import { figureUsage } from './figure-usage.ts';
import { RequestMemory } from './request-memory.ts';
import type { UsageCaller, UsageHour } from './usage-rows.ts';
import { largestWeight, weighCaller } from './weigh-caller.ts';

const release = 'aa'.repeat(32);
const addressAt = (n: number) => `0x${n.toString(16).padStart(40, '0')}` as Address;
const [publisher, node, operator, delegate, probe, gateway] = [1, 2, 3, 4, 5, 6].map(addressAt) as Address[] as [
  Address,
  Address,
  Address,
  Address,
  Address,
  Address,
];
const today = 20_000;
const factsWith = (more: Partial<UsageFacts> = {}): UsageFacts => ({
  publisherOf: (of) => (of === release ? publisher : null),
  nodeOf: () => ({ operator, isConvicted: false }),
  isDelegate: (key, principal) => key === delegate && principal === publisher,
  isProbe: (caller) => caller === probe,
  firstDayOf: () => 0,
  ...more,
});
const callerRow = (caller: Address, calls: number, more: Partial<UsageCaller> = {}): UsageCaller => ({
  ...{ day: today, release, node, caller, principal: '', gateway, tag: 'aa', calls, relied: 0, ...more },
});
const hourRow = (more: Partial<UsageHour>): UsageHour => ({
  ...{ hour: today * 24, release, node, keyless: 0, signed: 0, repeated: 0, cut: 0, failed: 0, hidden: 0, ...more },
});
/** Rows of callers with the hours that their calls are in. */
const rowsOf = (callers: readonly UsageCaller[], more: Partial<UsageHour> = {}) => ({
  callers,
  words: [],
  hours: [hourRow({ signed: callers.reduce((sum, { calls }) => sum + calls, 0), ...more })],
});
const figureOf = (callers: readonly UsageCaller[], facts = factsWith(), more: Partial<UsageHour> = {}) =>
  figureUsage(rowsOf(callers, more), facts);

/** Every answer is in exactly one place. */
function expectToAddUp({ claimed, evidenced, trusted, excluded }: ReturnType<typeof figureUsage>): void {
  const { keyless, repeated, probes, ...others } = excluded;
  expect(claimed).toBe(evidenced + keyless + repeated + probes);
  expect(evidenced).toBe(Object.values(others).reduce((sum, count) => sum + count, trusted.calls));
}

test('attack: a node names a thousand gateways, none of which says a network: all of them are one voice a day', () => {
  const nameless = (n: number, more: Partial<UsageCaller> = {}) =>
    callerRow(addressAt(100 + n), 1, { gateway: addressAt(9_000 + n), tag: '', relied: 1, ...more });
  const figure = figureOf(Array.from({ length: 1_000 }, (_, n) => nameless(n)));
  expect(figure.trusted).toEqual({ weight: 1_000, calls: 1, callers: 1, networkDays: 1 });
  expect(figure.relied).toEqual({ evidenced: 1_000, trusted: 1, callers: 1 });
  expectToAddUp(figure);
  expect(figureOf([nameless(1), nameless(2, { day: today - 1 })]).trusted.networkDays).toBe(2);
});

test('what makes the difference between claimed, evidenced and trusted adds up, whoever called', () => {
  const figure = figureOf(
    [
      callerRow(publisher, 1),
      callerRow(node, 2),
      callerRow(operator, 4),
      callerRow(delegate, 8),
      callerRow(probe, 16),
      callerRow(addressAt(10), 1_500, { relied: 1_200 }),
      callerRow(addressAt(11), 32, { relied: 3 }),
      callerRow(addressAt(12), 64, { tag: 'bb', relied: 5 }),
    ],
    factsWith(),
    { keyless: 128, repeated: 256, cut: 3, failed: 9, signed: 1 + 2 + 4 + 8 + 16 + 1_500 + 32 + 64 },
  );
  expect(figure).toMatchObject({ claimed: 2_011, evidenced: 1_611, failed: 9, cut: 3 });
  expect(figure.trusted).toEqual({ weight: 9_967 + 6_022, calls: 1_064, callers: 2, networkDays: 2 });
  expect(figure.relied).toEqual({ evidenced: 1_208, trusted: 1_005, callers: 2 });
  expect(figure.excluded).toMatchObject({ keyless: 128, repeated: 256, probes: 16, own: 7, delegates: 8, beyond: 532 });
  expect(figure.callers).toEqual({ independent: 3, medianAgeDays: today, largestShare: Math.floor(1_500_000 / 1_596) });
  expectToAddUp(figure);
});

test('the order of rows changes nothing', () => {
  const callers = Array.from({ length: 60 }, (_, i) =>
    callerRow(addressAt(10 + (i % 20)), 1 + ((i * 7) % 13), { tag: `${i % 4}`, relied: i % 3, day: today - (i % 5) }),
  );
  expect(figureOf([...callers].reverse())).toEqual(figureOf(callers));
});

test('attack: a wash trader with one publisher, one node, 1,000 new keys, one network and 100,000 calls moves nothing', () => {
  const keys = Array.from({ length: 1_000 }, (_, i) => callerRow(addressAt(100 + i), 100, { relied: 100 }));
  const fresh = figureOf(keys, factsWith({ firstDayOf: () => today }));
  expect(fresh).toMatchObject({ claimed: 100_000, evidenced: 100_000, relied: { evidenced: 100_000, trusted: 0 } });
  expect(fresh.trusted).toEqual({ weight: 0, calls: 0, callers: 0, networkDays: 0 });
  expect(fresh.excluded.young).toBe(100_000);
  // A week later all of them weigh what one of them does.
  const aged = figureOf(keys, factsWith({ firstDayOf: () => today - 7 }));
  expect(aged.trusted).toEqual(figureOf(keys.slice(0, 1), factsWith({ firstDayOf: () => today - 7 })).trusted);
  expect(aged.trusted.weight).toBe(weighCaller(100, 7));
  expect(aged.relied).toMatchObject({ trusted: 100, callers: 1 });
  for (const figure of [fresh, aged]) expectToAddUp(figure);
});

test('attack: a thousand keys in the network of an honest caller take nothing from it', () => {
  const honest = callerRow(addressAt(10), 50, { relied: 20 });
  const crowd = Array.from({ length: 1_000 }, (_, i) => callerRow(addressAt(100 + i), 49, { relied: 1 }));
  const alone = figureOf([honest]);
  const among = figureOf([honest, ...crowd]);
  expect([among.trusted, among.relied.trusted]).toEqual([alone.trusted, alone.relied.trusted]);
  expectToAddUp(among);
});

test('attack: one caller that spreads its calls over nodes is one caller', () => {
  const spread = Array.from({ length: 10 }, (_, i) => callerRow(addressAt(10), 10, { node: addressAt(900 + i) }));
  expect(figureOf(spread).trusted).toEqual(figureOf([callerRow(addressAt(10), 100)]).trusted);
});

test('attack: answers of a node that never joined, or was caught lying, and of a release that is not in the log', () => {
  const callers = [callerRow(addressAt(10), 5, { relied: 5 })];
  const strange = figureOf(callers, factsWith({ nodeOf: () => null }));
  expect([strange.evidenced, strange.trusted.weight, strange.excluded.strangers]).toEqual([5, 0, 5]);
  const convicted = figureOf(callers, factsWith({ nodeOf: () => ({ operator, isConvicted: true }) }));
  expect([convicted.trusted.weight, convicted.relied.trusted, convicted.excluded.convicted]).toEqual([0, 0, 5]);
  const unknown = figureOf(callers, factsWith({ publisherOf: () => null }));
  expect(unknown).toMatchObject({ claimed: 0, evidenced: 0, trusted: { weight: 0 } });
  for (const figure of [strange, convicted, unknown]) expectToAddUp(figure);
});

test('attack: a key that calls in the name of the publisher is no stranger, in that of somebody else it is', () => {
  const inName = (principal: Address) => figureOf([callerRow(addressAt(10), 5, { principal })]);
  expect(inName(publisher)).toMatchObject({ trusted: { calls: 0 }, excluded: { own: 5 } });
  expect(inName(addressAt(77))).toMatchObject({ trusted: { calls: 5 }, excluded: { own: 0 } });
});

test('weights are whole numbers, the same everywhere', () => {
  const all = Array.from({ length: 1_001 }, (_, calls) => weighCaller(calls, 7));
  expect([all[0], all[1], all[2], all[1_000]]).toEqual([0, 1_000, 1_585, largestWeight]);
  expect(all.reduce((sum, weight) => sum + weight, 0)).toBe(8_539_364);
  expect([weighCaller(1, 0), weighCaller(1, 3), weighCaller(1, -4), weighCaller(5_000, 99)]).toEqual([
    0, 428, 0, 9_967,
  ]);
});

test('attack: one signed request reported a thousand times is one call; another nonce, another key or another day is another', () => {
  const memory = new RequestMemory();
  const bytes = randomBytes(52);
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const ask = (day = today) => memory.isRepeated(day, data, 0, 32);
  expect(ask()).toBe(false);
  for (let again = 0; again < 1_000; again++) expect(ask()).toBe(true);
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  expect(ask()).toBe(false);
  bytes[32] = (bytes[32] ?? 0) ^ 2;
  expect(ask()).toBe(false);
  expect([ask(today + 1), ask(today + 1)]).toEqual([false, true]);
});

test('requests by the hundred thousand are told apart, and remembered', () => {
  const memory = new RequestMemory();
  const bytes = Buffer.alloc(52);
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const pass = () => {
    let repeated = 0;
    for (let nonce = 0; nonce < 100_000; nonce++) {
      bytes.writeUInt32BE(nonce, 4);
      if (memory.isRepeated(today, data, 0, 32)) repeated++;
    }
    return repeated;
  };
  expect([pass(), pass()]).toEqual([0, 100_000]);
});

test('relying is a term that the caller signs: as the general signer writes it, and nobody adds it afterwards', () => {
  const key = parsePrivateKey('11'.repeat(32)) as NonNullable<ReturnType<typeof parsePrivateKey>>;
  const said = { method: 'POST', path: '/v1/run/a/b', body: 'ab'.repeat(32), nonce: 'cd'.repeat(32), issuedAt: 1_000 };
  const request = { ...said, version: 2 as const, audience: gateway };
  const headers = signRelyingRequest(request, key);
  expect(headers).toEqual(signRequestOnTerms({ ...request, more: { relies: true } }, key));
  expect(writeTerms({ more: { relies: true } })).toBe(reliesText);
  const heard = verifyRequest({ ...said, headers, isFor: () => true }, 1_000);
  expect(heard.ok && doesRely(heard.terms)).toBe(true);
  const { 'callable-terms': _, ...without } = headers;
  for (const forged of [without, { ...headers, 'callable-terms': '{"more":{"relies":false}}' }])
    expect(verifyRequest({ ...said, headers: forged, isFor: () => true }, 1_000).ok).toBe(false);
  expect([{ relies: false }, { relies: 1 }, { rely: true }].map((more) => doesRely({ more }))).toEqual([
    ...[false, false, false],
  ]);
  expect(readTerms(reliesText)).toEqual({ ...readTerms(undefined), more: { relies: true } });
});
