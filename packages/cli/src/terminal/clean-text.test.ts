import { expect, it } from 'vitest';
import { cleanText } from './clean-text.ts';
import { formatJson } from './format-json.ts';

const isHostile = (text: string) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: looking for them.
  /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(text);

it.each([
  ['moves the cursor up and overwrites what we said', '\u001b[5A\u001b[2KReachable True'],
  ['retitles the window', '\u001b]0;owned\u0007'],
  ['begins a sequence with one C1 byte', '\u009b31mred'],
  ['hides the rest of a line behind a carriage return', 'bad\rgood'],
  ['adds lines that look like ours', 'x\n  ✓ Reachable True'],
  ['reverses the reading order', 'exe.\u202egpj'],
  ['rubs out letters', 'abc\b\b\b\u007f'],
])('a title that %s is disarmed', (_, text) => {
  expect(isHostile(cleanText(text))).toBe(false);
  expect(isHostile(formatJson({ title: text }))).toBe(false);
  expect(JSON.parse(formatJson({ title: text }))).toEqual({ title: text });
});

it('a title that floods the screen is cut', () => {
  expect(cleanText('a'.repeat(1e6)).length).toBe(2000);
});

it('ordinary text stays as it is', () => {
  expect(cleanText('Iris – 鳶尾 – größer')).toBe('Iris – 鳶尾 – größer');
});
