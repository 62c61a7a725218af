import { expect, test } from 'vitest';
import { Check } from '../schema/check.ts';
import { PublishRequest } from './releases.ts';
import { LeaseRequest, TaskResult } from './tasks.ts';
import { UploadRequest } from './uploads.ts';

const hash = 'ab'.repeat(32);
const upload = (change: object = {}) => ({ files: [{ size: 1, sha256: hash, chunks: [hash], ...change }] });

test('an upload names its files by their hashes', () => {
  expect(Check(UploadRequest, upload())).toBe(true);
});

test.each<[string, object]>([
  ['no file', { files: [] }],
  ['more files than a release has', { files: Array(257).fill(upload().files[0]) }],
  ['a negative size', upload({ size: -1 })],
  ['a size beyond what sums stay exact for', upload({ size: 1e300 })],
  ['a hash in capitals', upload({ sha256: hash.toUpperCase() })],
  ['more chunks than the largest file has', upload({ chunks: Array(262_145).fill(hash) })],
  ['a further member', { ...upload(), path: '/etc' }],
])('attack: an upload with %s is refused', (_, value) => {
  expect(Check(UploadRequest, value)).toBe(false);
});

test('attack: requests with members nobody knows are refused', () => {
  expect(Check(PublishRequest, { manifest: {}, statement: {}, more: 1 })).toBe(false);
  expect(Check(TaskResult, { token: 't', statement: null })).toBe(true);
  expect(Check(TaskResult, { token: 't', statement: null, ok: true })).toBe(false);
  const announcement = { slots: { used: 0, limit: 1 }, holdings: [], quarantined: [], draining: false };
  expect(Check(LeaseRequest, { announcement, waitMs: 30_000 })).toBe(true);
  for (const waitMs of [30_001, -1, 0.5]) expect(Check(LeaseRequest, { announcement, waitMs })).toBe(false);
});
