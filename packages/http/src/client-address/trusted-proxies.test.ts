import { expect, it } from 'vitest';
import { readTrustedProxies } from './read-trusted-proxies.ts';
import { parseTrustedProxies } from './trusted-proxies.ts';

it.each([
  [undefined, 0],
  ['', 0],
  ['0', 0],
  ['1', 1],
  ['2', 2],
  ['10.0.0.7', ['10.0.0.7']],
  ['10.0.0.0/8, fd00::/8,::1', ['10.0.0.0/8', 'fd00::/8', '::1']],
])('%j is %j', (text, trusted) => {
  expect(parseTrustedProxies('SETTING', text)).toEqual(trusted);
});

it.each([
  'true',
  '-1',
  '17',
  '1.5',
  '10.0.0',
  '10.0.0.7:80',
  '10.0.0.0/33',
  '10.0.0.0/',
  '10.0.0.0/8/8',
  'fd00::/129',
  '0.0.0.0/0',
  '::/0',
  '::ffff:10.0.0.0/104',
  'fe80::1%eth0',
  'proxy.example',
  '10.0.0.7,',
  '1,10.0.0.7',
])('%j is refused, and the setting named', (text) => {
  expect(() => parseTrustedProxies('SETTING', text)).toThrow(/^SETTING is a number of proxies/);
});

it('the setting of before is refused, and the new one named', () => {
  expect(() => readTrustedProxies({ CALLABLE_HUB_TRUST_PROXY: '1' }, 'HUB')).toThrow(
    'CALLABLE_HUB_TRUST_PROXY is no more: set CALLABLE_HUB_TRUSTED_PROXIES',
  );
  expect(readTrustedProxies({ CALLABLE_GATEWAY_TRUST_PROXY: '0' }, 'GATEWAY')).toBe(0);
  expect(readTrustedProxies({ CALLABLE_GATEWAY_TRUSTED_PROXIES: '2' }, 'GATEWAY')).toBe(2);
  expect(() => readTrustedProxies({ CALLABLE_HUB_TRUSTED_PROXIES: 'yes' }, 'HUB')).toThrow(
    /^CALLABLE_HUB_TRUSTED_PROXIES /,
  );
});
