import type { Manifest } from './manifest.ts';

/** Whoever runs a release with such a vector must understand this word of `needs.abilities`: else it would compare values. */
export const signatureVectors = 'signature-vectors';

/** What is said wherever a release is shown whose vectors compare no values. */
export const signatureSentence =
  'It draws at random: its vector proves only that it answers with these types and shapes.';

/** Whether no vector of a release compares a value. */
export const provesOnlySignature = ({ vectors }: Pick<Manifest, 'vectors'>): boolean =>
  vectors.length > 0 && vectors.every(({ checks }) => checks === 'signature');
