import { expect, it } from 'vitest';
import { defaultGatewayConfig } from '../config.ts';
import { callsPerMinute } from './calls-per-minute.ts';

it.each([
  ['loopback alone', {}, 0],
  ['loopback of IPv6', { host: '::1' }, 0],
  ['its own address told as public', { publicUrls: ['http://127.0.0.1:4600'] }, 0],
  ['every interface', { host: '0.0.0.0' }, 60],
  ['every interface of both families', { host: '::' }, 60],
  ['a private network', { host: '192.168.0.2' }, 60],
  ['a public URL', { publicUrls: ['http://127.0.0.1:4600', 'https://gateway.example'] }, 60],
  ['a proxy', { trustedProxies: 1 }, 60],
  ['a named proxy', { trustedProxies: ['127.0.0.1'] }, 60],
  ['a number that was set', { anonymousCallsPerMinute: 5 }, 5],
  ['no limit that was set', { host: '0.0.0.0', anonymousCallsPerMinute: 0 }, 0],
])('calls are counted by the minute: %s', (_, config, limit) => {
  expect(callsPerMinute({ ...defaultGatewayConfig, ...config }).anonymous).toBe(limit);
});

it.each([
  ['this machine alone', {}, { signed: 0, ofKey: 0 }],
  ['every interface', { host: '0.0.0.0' }, { signed: 18_000, ofKey: 3_000 }],
  ['a proxy', { trustedProxies: 1 }, { signed: 18_000, ofKey: 3_000 }],
  ['numbers that were set', { signedCallsPerMinute: 7, keyCallsPerMinute: 0 }, { signed: 7, ofKey: 0 }],
])('signed calls are counted by network and key: %s', (_, config, limits) => {
  expect(callsPerMinute({ ...defaultGatewayConfig, ...config })).toMatchObject(limits);
});
