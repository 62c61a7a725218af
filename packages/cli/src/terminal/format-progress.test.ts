import { expect, it } from 'vitest';
import { formatBytes } from './format-bytes.ts';
import { formatDuration } from './format-duration.ts';
import { formatProgress } from './format-progress.ts';

it('shows name, share, bar, amounts, rate and time left', () => {
  const line = formatProgress({ name: 'Upload', done: 25e6, total: 100e6, alreadyThere: 0, elapsedMs: 5000 }, 80);
  expect(line).toMatch(/^Upload {2}25% ▕█+.* +▏ 25\.0 MB\/100 MB {2}5\.0 MB\/s {2}15\.0 s left$/);
  expect(line.length).toBeLessThanOrEqual(80);
});

it('counts only what was sent now as the rate', () => {
  const line = formatProgress({ name: 'Upload', done: 75e6, total: 100e6, alreadyThere: 50e6, elapsedMs: 5000 }, 80);
  expect(line).toMatch(/5\.0 MB\/s {2}5\.0 s left$/);
});

it('fits every width, and says nothing about a rate it cannot know', () => {
  for (const columns of [10, 30, 50, 200]) {
    for (const done of [0, 1, 50, 99, 100]) {
      const line = formatProgress({ name: 'Upload', done, total: 100, alreadyThere: 0, elapsedMs: 0 }, columns);
      expect(line).not.toContain('/s');
      if (columns >= 50) expect(line.length).toBeLessThanOrEqual(columns);
    }
  }
  expect(formatProgress({ name: 'Upload', done: 0, total: 0, alreadyThere: 0, elapsedMs: 0 }, 80)).toContain('100%');
});

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [1_234_567, '1.2 MB'],
  [99_950_000, '100 MB'],
  [999_999_999, '1.0 GB'],
  [3e12, '3.0 TB'],
])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

it.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [4200, '4.2 s'],
  [59_999, '1m'],
  [200_000, '3m 20s'],
  [2 * 3_600_000 + 5 * 60_000, '2h 5m'],
  [(4 * 24 + 3) * 3_600_000, '4d 3h'],
  [1e12, '99d+'],
  [-5, '0 ms'],
])('%d milliseconds are %s', (ms, text) => expect(formatDuration(ms)).toBe(text));
