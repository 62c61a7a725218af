import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Region } from '../channel/messages.ts';
import { placeRegions } from './place-regions.ts';

const mebibyte = 2 ** 20;

it('attack: bodies of any sizes that come and go in any order never lie on each other, nor beyond the bound', () => {
  const step = fc.oneof(
    fc.record({ take: fc.integer({ min: 1, max: 9 * mebibyte }) }),
    fc.record({ free: fc.nat({ max: 20 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const regions = placeRegions();
      const used: Region[] = [];
      for (const step of steps) {
        if ('free' in step) {
          const [gone] = used.splice(step.free % Math.max(1, used.length), 1);
          if (gone) regions.free(gone);
          continue;
        }
        const region = regions.take(step.take, 16 * mebibyte);
        if (!region) continue;
        expect(region.length).toBe(step.take);
        expect(region.offset + region.length).toBeLessThanOrEqual(16 * mebibyte);
        const isApart = (each: Region) =>
          each.offset + each.length <= region.offset || region.offset + region.length <= each.offset;
        expect(used.every(isApart)).toBe(true);
        used.push(region);
      }
    }),
  );
});

it('puts one where another was: a file stays as large as what is in use at a time', () => {
  const regions = placeRegions();
  const [first, second] = [regions.take(3 * mebibyte, 8 * mebibyte)!, regions.take(3 * mebibyte, 8 * mebibyte)!];
  expect(regions.take(3 * mebibyte, 8 * mebibyte)).toBeNull();
  regions.free(first);
  expect(regions.take(3 * mebibyte, 8 * mebibyte)).toEqual(first);
  regions.free(second);
  expect(regions.take(5 * mebibyte, 8 * mebibyte)).toEqual({ offset: 3 * mebibyte, length: 5 * mebibyte });
});
