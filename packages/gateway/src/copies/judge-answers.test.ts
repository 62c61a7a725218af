import { createReleaseView } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { type Agreement, judgeAnswers } from './judge-answers.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const vectors = [{ name: 'one', inputs: { X: [[1, 2]] }, outputs: { Y: [[2, 4]] }, rtol: 1e-5, atol: 0 }];
const verified = (auditClass: 'exact' | 'tolerance' | 'none', tolerance: number | null) => ({
  ...createReleaseView({ vectors }),
  verification: { drawn: 1, quorum: 1, epoch: 1, own: 0, auditClass, tolerance, findings: [], reports: [] },
});
const judge = (
  release: Parameters<typeof judgeAnswers>[0],
  other: string,
  { trusted = '{"Y":[[2,4]]}', isLenient = true } = {},
) => judgeAnswers(release, 'plain', bytes(trusted), bytes(other), { isLenient });

test.each<[string, Agreement]>([
  ['{"Y":[[2,4]]}', 'same'],
  ['{ "Y": [[2.0, 4.00005]] }', 'same'],
  ['{"Y":[[2,4.0003]]}', 'unclear'],
  ['{"Y":[[2,4.01]]}', 'differs'],
  ['{"Y":[[2,4],[2,4]]}', 'differs'],
  ['{"Z":[[2,4]]}', 'differs'],
  ['nonsense', 'differs'],
  [`{"Y":[[2,4]]}${' '.repeat(5 * 2 ** 20)}`, 'differs'],
])('by the tolerance of its audits %.40s is %s', (other, agreement) => {
  expect(judge(verified('tolerance', 2e-5), other)).toBe(agreement);
});

test('without a tolerance its vectors say how far answers may lie apart', () => {
  expect(judge(verified('exact', null), '{"Y":[[2,4.00001]]}')).toBe('same');
  expect(judge(verified('exact', null), '{"Y":[[2,666]]}')).toBe('differs');
});

test('of a release of which nothing can be compared any answer of its shape does, but none confirms another', () => {
  for (const release of [verified('none', null), createReleaseView()]) {
    expect(judge(release, '{"Y":[[1,1]]}')).toBe('same');
    expect(judge(release, '{"Z":[[1,1]]}')).toBe('differs');
    expect(judge(release, '{"Y":[[1,1]]}', { isLenient: false })).toBe('differs');
  }
});

test('what the trusted one answered decides nothing when it is too large or no answer, but equal bytes are equal', () => {
  const large = `{"Y":[[2,4]]}${' '.repeat(5 * 2 ** 20)}`;
  expect(judge(verified('tolerance', 2e-5), '{"Y":[[2,4]]}', { trusted: large })).toBe('unclear');
  expect(judge(verified('tolerance', 2e-5), '{"Y":[[2,4]]}', { trusted: 'nonsense' })).toBe('unclear');
  expect(judge(verified('tolerance', 2e-5), large, { trusted: large })).toBe('same');
});
