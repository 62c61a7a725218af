import { expect, test } from 'vitest';
import { defaultHubConfig } from '../config/hub-config.ts';
import { networkOf } from '../http/network-of.ts';
import { SenderLimits } from './sender-limits.ts';

const limitsOf = (limits: object, clock = () => 0) =>
  new SenderLimits({
    clock,
    config: { ...defaultHubConfig, dataDir: '', walrusApi: { ...defaultHubConfig.walrusApi, ...limits } },
  });

test('attack by one address: it cannot hold all places at once', () => {
  const limits = limitsOf({ parallel: 3, senderParallel: 2 });
  const held = [limits.enter('a'), limits.enter('a')];
  expect(() => limits.enter('a')).toThrow('too many requests');
  held.push(limits.enter('b'));
  expect(() => limits.enter('c')).toThrow('too many requests');
  for (const place of held) place[Symbol.dispose]();
  limits.enter('c')[Symbol.dispose]();
});

test('a clock that goes back gives nothing away', () => {
  let now = 60_000;
  const limits = limitsOf({ senderPutsPerMinute: 1 }, () => now);
  limits.enter('a')[Symbol.dispose]();
  now = 0;
  expect(() => limits.enter('a')).toThrow('too many requests');
  now = 60_000;
  limits.enter('a')[Symbol.dispose]();
});

test('attack by one customer: the addresses of one IPv6 network count as one', () => {
  expect(networkOf('2001:db8:1:2::9')).toBe(networkOf('2001:db8:1:2:3:4:5:6'));
  expect(networkOf('2001:db8:1:3::9')).not.toBe(networkOf('2001:db8:1:2::9'));
  expect([networkOf('::ffff:1.2.3.4'), networkOf('1.2.3.4'), networkOf('::1')]).toEqual([
    '1.2.3.4',
    '1.2.3.4',
    '0:0:0:0',
  ]);
});
