import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it, test } from 'vitest';
import { clientAddressOf } from './client-address-of.ts';
import type { TrustedProxies } from './trusted-proxies.ts';

const proxy = '10.0.0.7';
const from = (forwarded: string | undefined, trusted: TrustedProxies, remoteAddress: string | undefined = proxy) =>
  clientAddressOf(
    { headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }, socket: { remoteAddress } },
    trusted,
  );
/** The same proxy, told in both ways. */
const one: [string, TrustedProxies][] = [
  ['one hop', 1],
  ['a named proxy', [proxy]],
];

it.each([0, []])('without trusted proxies (%j) it is the socket, whatever the header says', (none) => {
  expect(from('203.0.114.1', none)).toBe(proxy);
});

it.each(one)('behind %s an honest user is known', (_, trusted) => {
  expect(from('203.0.114.1', trusted)).toBe('203.0.114.1');
  expect(from(undefined, trusted)).toBe(proxy);
});

it.each(one)('attack: behind %s the entries a caller wrote itself are not looked at', (_, trusted) => {
  expect(from('198.51.100.1, 203.0.114.1', trusted)).toBe('203.0.114.1');
  expect(from(`${proxy}, 127.0.0.1, 203.0.114.1`, trusted)).toBe('203.0.114.1');
  expect(from('junk, , "x", 203.0.114.1', trusted)).toBe('203.0.114.1');
  expect(from(`${'1.1.1.1,'.repeat(2000)}203.0.114.1`, trusted)).toBe('203.0.114.1');
});

it.each(one)('attack: behind %s a port, brackets or another notation make nobody another', (_, trusted) => {
  for (const written of ['203.0.114.1:1', '203.0.114.1:65535', '::ffff:203.0.114.1', '[::FFFF:cb00:7201]:443'])
    expect(from(written, trusted)).toBe('203.0.114.1');
  for (const written of ['[2001:db8::1]', '[2001:db8::1]:1', '2001:DB8::1', '2001:db8::1%eth0'])
    expect(from(written, trusted)).toBe('2001:db8::1');
});

it.each([
  '',
  ',',
  ' , ,',
  'unknown',
  '_hidden',
  '1.2.3.4:',
  '1.2.3.4:123456',
  '256.2.3.4',
  '1.2.3',
  '01.2.3.4',
  '[1.2.3.4]',
  '[::1',
  '::1]',
  '[[::1]]',
  '[::1]x',
  '1.2.3.4 5.6.7.8',
  '"203.0.114.1"',
  'for=203.0.114.1',
  'localhost',
  'é',
])('attack: for %j it is the socket', (junk) => {
  for (const [, trusted] of one) expect(from(junk, trusted)).toBe(proxy);
  // Also where a stranger's word of two hops away is junk: what is left is the nearest that is certain.
  expect(from(`${junk}x, 10.0.0.8`, 2)).toBe(proxy);
});

test('a chain of two proxies', () => {
  const chain = 'spoofed, 203.0.114.1, 10.0.0.8';
  expect(from(chain, 2)).toBe('203.0.114.1');
  expect(from(chain, ['10.0.0.0/8'])).toBe('203.0.114.1');
  expect(from(chain, [proxy, '10.0.0.8'])).toBe('203.0.114.1');
  // Only the nearer one is trusted: who came through the farther one is all that is known.
  expect(from(chain, 1)).toBe('10.0.0.8');
  expect(from(chain, [proxy])).toBe('10.0.0.8');
});

test('who comes past the outer of two proxies is known by what the inner one saw', () => {
  expect(from('203.0.114.1', 2)).toBe('203.0.114.1');
});

test('attack: who reaches the port past a named proxy is not believed', () => {
  expect(from('203.0.114.1', [proxy], '198.51.100.9')).toBe('198.51.100.9');
  expect(from('203.0.114.1', [proxy], '::ffff:198.51.100.9')).toBe('198.51.100.9');
});

test('named proxies of either family, also as the socket writes them', () => {
  expect(from('203.0.114.1', [proxy], `::ffff:${proxy}`)).toBe('203.0.114.1');
  expect(from('203.0.114.1', ['fd00::/8'], 'fd12::1')).toBe('203.0.114.1');
  expect(from('203.0.114.1', ['fd00::/8'], 'fe80::1%eth0')).toBe('fe80::1');
});

test('a socket without an address is one of a proxy where hops are counted, else unknown', () => {
  expect(from('203.0.114.1', 1, '')).toBe('203.0.114.1');
  expect(from('203.0.114.1', [proxy], '')).toBe('');
});

test('attack: several headers are one list in the order they were sent', async () => {
  const server = createServer((request, response) => response.end(clientAddressOf(request, 1)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n');
  socket.write(
    'X-Forwarded-For: 198.51.100.1\r\nx-forwarded-for: 198.51.100.2\r\nX-FORWARDED-FOR: 203.0.114.1\r\n\r\n',
  );
  expect(await text(socket)).toMatch(/203\.0\.114\.1/);
  server.close();
});
