import { expect, it } from 'vitest';
import { keepLabels } from './keep-labels.ts';

it('a class name of 400 characters is kept, one of 2,000 leaves the labels out with a word', () => {
  const kept = keepLabels(new Map([['p', ['x'.repeat(400), 'short']]]));
  expect(kept).toEqual({ labels: new Map([['p', ['x'.repeat(400), 'short']]]), notices: [] });
  const left = keepLabels(new Map([['p', ['x'.repeat(2000)]]]));
  expect(left.labels.size).toBe(0);
  expect(left.notices).toEqual([expect.stringContaining('one has 2000 characters, at most 1000')]);
});

it('more classes than a manifest holds do not stop a publish', () => {
  expect(keepLabels(new Map([['p', Array.from({ length: 21_841 }, (_, i) => `class ${i}`)]])).notices[0]).toContain(
    '21841',
  );
  const long = Array.from({ length: 9000 }, (_, i) => `${i} ${'x'.repeat(60)}`);
  expect(keepLabels(new Map([['p', long]])).notices[0]).toContain('bytes');
});
