import { expect, test } from 'vitest';
import { causeOf } from './cause-of.ts';

test('where a proxy redirects to a host that is not there, that host is named: the one that was asked does answer', () => {
  const cause = Object.assign(new Error('getaddrinfo ENOTFOUND hub.example'), {
    code: 'ENOTFOUND',
    hostname: 'hub.example',
  });
  expect(causeOf(new TypeError('fetch failed', { cause }))).toBe('ENOTFOUND hub.example');
});
