import type { Manifest } from './manifest.ts';

/**
 * Who said what the vectors of a release answer: `publisher`, what the model's own framework answered, of every output;
 * `partly`, of some; `graph`, nobody but the graph itself, which shows that nodes answer alike and not that it is right.
 * Null where there is no vector.
 */
export type Truth = 'publisher' | 'partly' | 'graph' | null;

export function truthOf({ vectors, outputs }: Pick<Manifest, 'vectors' | 'outputs'>): Truth {
  if (vectors.length === 0) return null;
  const most = Math.max(...vectors.map(({ expected = [] }) => expected.length));
  return most === 0 ? 'graph' : most < outputs.length ? 'partly' : 'publisher';
}
