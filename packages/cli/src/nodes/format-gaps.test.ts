import type { Address, GapView } from '@callable/protocol';
import { expect, it } from 'vitest';
import { testContext } from '../../test/test-context.ts';
import { formatGaps } from './format-gaps.ts';

const gap: GapView = {
  ...{ session: 'd1'.repeat(32), gateway: `0x${'cd'.repeat(20)}` as Address, kind: 'missing', first: 4, count: 3 },
  foundAt: '2026-01-02T00:00:00.000Z',
};
const text = (gaps: GapView[], next: string | null = null) => formatGaps(testContext().out, { gaps, next }).join('\n');

it('names what is missing by session and number, and says whom it accuses: nobody', () => {
  const found = text([gap, { ...gap, first: 9, count: 1 }, { ...gap, kind: 'broken', first: 12, count: 0 }], 'more');
  expect(found.match(/d1d1/g)).toHaveLength(16);
  expect(found).toMatch(/missing +4 to 6, since 2026.*missing +9, since.*broken +the header that begins with 12/s);
  expect(found).toMatch(/no signature says which.*next page/s);
  expect(text([])).toContain('none');
});
