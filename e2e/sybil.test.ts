import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('bench/sybil, small: strangers of eight kinds verify, refuse and convict nothing, and an honest newcomer gets in', async () => {
  const { stdout } = await promisify(execFile)('node', ['bench/sybil.mjs', '--small', '--json']);
  const figures = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const now = figures.filter(({ rules }) => rules === 2);
  expect(now.length).toBe(8);
  for (const figure of now)
    expect(figure).toMatchObject({ badVerified: 0, goodRefused: 0, convicted: 0, standing: 10 });
  expect(now.filter(({ apartDays }) => apartDays === null)).toEqual([]);
  // By count they can: else the rules of today would be compared with nothing.
  expect(figures.filter(({ rules, goodRefused }) => rules === 1 && goodRefused > 0)).not.toEqual([]);
}, 180_000);
