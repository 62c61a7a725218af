import { expect, it } from 'vitest';
import { publicNetworkOf } from './public-network.ts';

it.each([
  ['203.0.114.7', '203.0.114.0/24'],
  ['::ffff:203.0.114.7', '203.0.114.0/24'],
  ['2600:1f18:22ba:8c00::1', '2600:1f18:22ba::/48'],
  ['2600:1F18:22ba::', '2600:1f18:22ba::/48'],
  ['2a00::1', '2a00:0:0::/48'],
  ['127.0.0.1', null],
  ['::1', null],
  ['10.1.2.3', null],
  ['192.168.1.1', null],
  ['fe80::1%eth0', null],
  ['fd00::1', null],
  ['100.64.0.1', null],
  ['', null],
  ['unknown', null],
])('the public network of %s is %s', (address, network) => {
  expect(publicNetworkOf(address)).toBe(network);
});
