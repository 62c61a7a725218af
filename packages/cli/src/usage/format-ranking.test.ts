import { expect, it } from 'vitest';
import { sampleRanking } from '../../test/sample-usage.ts';
import { captureOutput, testContext } from '../../test/test-context.ts';
import { formatRanking } from './format-ranking.ts';

const first = { place: 1, id: 'sha256:01', name: 'acme/iris@1.0.0', weight: 12_345, before: 345, claimed: 900 };
const second = { place: 2, id: 'sha256:02', name: 'b/c@0.1.0', weight: 6_000, before: 7_000, claimed: 9 };
const ranked = [
  { ...first, evidenced: 80, relied: 3, success: 998 },
  { ...second, evidenced: 8, relied: 0, success: null },
];
const textOf = (ranking: ReturnType<typeof sampleRanking>, out = testContext().out) =>
  formatRanking({ out }, ranking).join('\n');

it('names stand with bars and right-aligned figures; the number of releases never without that of the used', () => {
  const text = textOf(sampleRanking('release', ranked));
  expect(text.split('\n').slice(1, 4)).toEqual([
    '                                  trusted  relied on  success  evidenced  claimed',
    '  1  acme/iris@1.0.0  ▕████████▏   12.345          3   99.8 %         80      900',
    '  2  b/c@0.1.0        ▕███▉    ▏    6.000          0     none          8        9',
  ]);
  expect(text).toContain('2 of 1377 releases were used by somebody independent');
  expect(text).toMatch(/not counted +12 without a key/);
  expect(textOf(sampleRanking('node', ranked.slice(0, 1), { all: 1 }))).toContain('1 of 1 node was used');
});

it('rising shows what was before', () => {
  expect(textOf(sampleRanking('release', ranked, { by: 'rising' }))).toMatch(
    /before.*\n.* 0\.345 .*\n.*▕ {8}▏.* 7\.000 /,
  );
});

it('a new network says why nobody has a place, and when the first comes', () => {
  const text = textOf(sampleRanking('release', []));
  expect(text).toContain('weighs nothing on the first day');
  expect(text).toContain('on the day after the first signed call');
  expect(text).toContain('0 of 1377 releases were used');
  expect(textOf(sampleRanking('release', [], { by: 'success' }))).not.toContain('weighs nothing');
});

it.each([40, 80, 200])('attack: a name of controls and 300 letters breaks no screen of %d columns', (columns) => {
  const name = `\u001b[31m\u202e${'n'.repeat(300)}`;
  const out = captureOutput({ isTerminal: true, columns, blocks: false });
  const text = textOf(sampleRanking('publisher', [{ ...(ranked[0] as (typeof ranked)[number]), name }]), out);
  for (const unsafe of ['\u001b', '\u202e', '█']) expect(text).not.toContain(unsafe);
  for (const line of text.split('\n').slice(1)) expect([...line].length).toBeLessThanOrEqual(columns);
  expect(text).toMatch(/\[########\]/);
  expect(text).toMatch(/trusted\s/);
});
