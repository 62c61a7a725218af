import { expect, it } from 'vitest';
import { parseBytes } from './parse-bytes.ts';
import { parseSeconds } from './parse-seconds.ts';
import { parseWholeNumber } from './parse-whole-number.ts';

it('reads amounts of bytes as memory is counted', () => {
  expect(parseBytes('memory', '512M')).toBe(512 * 2 ** 20);
  expect(parseBytes('memory', '1.5 GiB')).toBe(1.5 * 2 ** 30);
  expect(parseBytes('memory', '1000')).toBe(1000);
  for (const text of ['', '0', '-1', 'lots', '8X', '1e9G'])
    expect(() => parseBytes('memory', text)).toThrow(/--memory/);
});

it('reads seconds and whole numbers within bounds', () => {
  expect(parseSeconds('timeout', '0.5')).toBe(500);
  for (const text of ['', '0', '-1', 'soon', '86401', 'Infinity']) expect(() => parseSeconds('t', text)).toThrow(/--t/);
  expect(parseWholeNumber('port', '0', { min: 0, max: 65535 })).toBe(0);
  for (const text of ['', '65536', '-1', '1.5', '0x10']) {
    expect(() => parseWholeNumber('port', text, { min: 0, max: 65535 })).toThrow(/--port/);
  }
});
