import { expect, test } from 'vitest';
import { createClient } from './client.ts';
import { releasePath } from './release-path.ts';

test('createClient takes off slashes at the end, signs nothing, and takes its randomness from the platform', () => {
  const client = createClient('http://hub//');
  expect(client).toMatchObject({ baseUrl: 'http://hub', key: null, found: {} });
  expect(client.random(32)).not.toEqual(client.random(32));
  expect(Math.abs(client.clock() - Date.now())).toBeLessThan(10_000);
});

test.each([
  ['acme/double@1.0.0-a.1', '/v1/releases/acme/double@1.0.0-a.1'],
  ['sha256:ab', '/v1/releases/sha256:ab'],
  ['acme/?x#y', '/v1/releases/acme/%3Fx%23y'],
])('releasePath of %s', (release, path) => expect(releasePath(release)).toBe(path));
