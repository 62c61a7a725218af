import { expect, test } from 'vitest';
import { defaultHubConfig } from '../config/hub-config.ts';
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
