import { expect, it } from 'vitest';
import { suggestWord } from './suggest-word.ts';

it('finds the word behind a slip of the finger', () => {
  const known = ['publish', 'status', 'call', 'node start', 'up'];
  expect(suggestWord('pubilsh', known)).toBe('publish');
  expect(suggestWord('staus', known)).toBe('status');
  expect(suggestWord('node', known)).toBe('node start');
  expect(suggestWord('Call', known)).toBe('call');
});

it('does not guess at something else', () => {
  expect(suggestWord('frobnicate', ['publish', 'up'])).toBeNull();
  expect(suggestWord('', ['up'])).toBeNull();
  expect(suggestWord('a'.repeat(100_000), ['up'])).toBeNull();
});
