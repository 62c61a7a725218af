import { dayMs } from '@callable/protocol';
import { expect, it } from 'vitest';
import { sampleDay, sampleUsage } from '../../test/sample-usage.ts';
import { captureOutput, testContext } from '../../test/test-context.ts';
import { formatUsage } from './format-usage.ts';

const linesOf = (usage = sampleUsage(), out = testContext().out) => formatUsage({ out }, usage);
const textOf = (...given: Parameters<typeof linesOf>) => linesOf(...given).join('\n');

it('the first line of the network is what was relied on in the last day that is over', () => {
  expect(linesOf()[0]).toBe('Decisions relied on yesterday: 4, by 1 independent caller');
  expect(linesOf(sampleUsage({ days: [] }))[0]).toBe('Decisions relied on yesterday: 0, by 0 independent callers');
  // Today alone says nothing of yesterday.
  const today = sampleUsage({ days: [], from: sampleUsage().until });
  expect(textOf(today)).not.toContain('yesterday');
  const release = sampleUsage({ kind: 'release', id: 'sha256:00', name: 'acme/iris@1.0.0' });
  expect(linesOf(release)[0]).toBe('acme/iris@1.0.0 · 2026-11-24 to 2026-11-30, UTC');
});

it('claimed, evidenced and trusted stand apart, with what was excluded, the formula and the cost to forge', () => {
  const text = textOf();
  expect(text).toContain('claimed      80 answers reported');
  expect(text).toContain('evidenced    60 of them signed by their caller');
  expect(text).toContain('trusted      24.690: 50 calls of 3 callers');
  expect(text).toContain('of 4 outcomes reported by 2 callers, 3 right (of 8 signed, 6 right)');
  expect(text).toMatch(/not counted +12 without a key\n +1602 calls of the hub itself\n/);
  expect(text).toContain('log2(1 + calls)');
  expect(text).toContain('All of it forged costs 3 networks ');
});

it('days without use are gaps, and the scale is named', () => {
  expect(textOf()).toMatch(/trusted +▕█ {4}█ ▏\n +most 12\.345, on 2026-11-24/);
  const plain = captureOutput({ blocks: false });
  expect(textOf(sampleUsage({ days: [sampleDay(6, { claimed: 1 }), sampleDay(0, { claimed: 80 })] }), plain)).toMatch(
    /claimed +\|\. {5}#\|\n/,
  );
  expect(textOf(sampleUsage({ days: [] }))).toContain('none on any of these days');
});

it.each([40, 80, 200])('fits %d columns, however many days there are', (columns) => {
  const { until } = sampleUsage();
  const days = Array.from({ length: 90 }, (_, ago) => sampleDay(89 - ago));
  const out = captureOutput({ isTerminal: true, columns });
  const lines = linesOf(sampleUsage({ from: until - 89 * dayMs, days }), out);
  for (const line of lines.slice(1)) expect([...line].length).toBeLessThanOrEqual(columns);
  if (columns < 100) expect(lines.join(' ')).toMatch(/each mark is \d days/);
});

it('attack: a name with control characters, and bounds of ten million days, make no more than a line', () => {
  const name = `\u001b[2J\u202e${'x'.repeat(9_999)}`;
  const text = textOf(sampleUsage({ kind: 'publisher', id: '0x', name, from: 0, until: 8.64e15 }));
  for (const unsafe of ['\u001b', '\u202e']) expect(text).not.toContain(unsafe);
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(500);
});
