import { expect, it, test } from 'vitest';
import { networkOf } from './network-of.ts';

test('attack by one customer: the addresses of one IPv6 network count as one', () => {
  const sender = (address: string) => networkOf(address, 'sender');
  expect(sender('2001:db8:1:2::9')).toBe(sender('2001:db8:1:2:3:4:5:6'));
  expect(sender('2001:0DB8:1:2::9%eth0')).toBe(sender('2001:db8:1:2::9'));
  expect(sender('2001:db8:1:3::9')).not.toBe(sender('2001:db8:1:2::9'));
});

it.each([
  ['::ffff:1.2.3.4', '1.2.3.4'],
  ['::FFFF:102:304', '1.2.3.4'],
  ['0:0:0:0:0:ffff:1.2.3.4', '1.2.3.4'],
  ['1.2.3.4', '1.2.3.4'],
  ['127.0.0.1', '127.0.0.1'],
  ['::1', '0:0:0:0'],
  ['::', '0:0:0:0'],
])('the network of the sender %s is %s', (address, network) => {
  expect(networkOf(address, 'sender')).toBe(network);
});

it.each([
  ['203.0.114.7', '203.0.114.0/24', '203.0.114.0/24'],
  ['::ffff:203.0.114.7', '203.0.114.0/24', '203.0.114.0/24'],
  ['2600:1f18:22ba:8c00::1', '2600:1f18:22ba::/48', '2600:1f18::/32'],
  ['2600:1F18:22ba::', '2600:1f18:22ba::/48', '2600:1f18::/32'],
  ['2a00::1', '2a00:0:0::/48', '2a00:0::/32'],
])('%s is in the party network %s and in that of the broker %s', (address, party, broker) => {
  expect(networkOf(address, 'party')).toBe(party);
  expect(networkOf(address, 'broker')).toBe(broker);
});

it.each(['127.0.0.1', '::1', '10.1.2.3', '192.168.1.1', 'fe80::1%eth0', 'fd00::1', '100.64.0.1'])(
  '%s does not say whose party it is of, and is in the unknown network with all such',
  (address) => {
    expect([networkOf(address, 'party'), networkOf(address, 'broker')]).toEqual(['unknown', 'unknown']);
  },
);

it.each([
  '',
  'unknown',
  '256.1.1.1',
  '1.2.3',
  '1.2.3.4.5',
  '01.2.3.4',
  '1.2.3.4:80',
  '[::1]',
  '1:2:3',
  '::fffff',
  '::1::',
])('attack: %j is no address, and all of that kind is one network', (address) => {
  for (const kind of ['sender', 'party', 'broker'] as const) expect(networkOf(address, kind)).toBe('unknown');
});
