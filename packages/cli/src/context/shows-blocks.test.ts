import { expect, it } from 'vitest';
import { showsBlocks } from './shows-blocks.ts';

it.each([
  [{ LANG: 'en_US.UTF-8' }, true],
  [{ LC_ALL: 'C.utf8', LANG: 'C' }, true],
  [{}, true],
  [{ LC_ALL: 'C', LANG: 'en_US.UTF-8' }, false],
  [{ LANG: 'de_DE.ISO-8859-1' }, false],
  [{ LANG: 'en_US.UTF-8', TERM: 'linux' }, false],
  [{ LANG: 'en_US.UTF-8', TERM: 'dumb' }, false],
])('%j shows blocks: %j', (env, shown) => expect(showsBlocks(env)).toBe(shown));
