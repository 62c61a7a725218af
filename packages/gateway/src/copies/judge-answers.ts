import {
  type CallEncoding,
  compareTensors,
  lieFactor,
  type Manifest,
  measureSpread,
  type ReleaseView,
  readOutputs,
  type Tensor,
} from '@callable/protocol';

/** `unclear`: too far apart to agree, too near or too large to say that one of them is wrong. */
export type Agreement = 'same' | 'unclear' | 'differs';

/** More of an answer is not read: nothing else happens here meanwhile. Equal bytes are equal at any length. */
const mostBytes = 4 * 2 ** 20;

/**
 * Whether another answer to a call is that of a trusted one, by what audits of the release allow: a share of the largest
 * value where one was measured, else what its own vectors allow, since native answers of such a release honestly lie
 * apart. A release of which nothing can be compared has no right answer: `isLenient` takes all that its manifest allows.
 */
export function judgeAnswers(
  { manifest, verification }: Pick<ReleaseView, 'manifest' | 'verification'>,
  encoding: CallEncoding,
  trusted: Uint8Array,
  other: Uint8Array,
  { isLenient }: { isLenient: boolean },
): Agreement {
  if (Buffer.compare(trusted, other) === 0) return 'same';
  const expected = trusted.length > mostBytes ? null : readOutputs(trusted, { encoding, manifest });
  if (!expected) return 'unclear';
  const actual = other.length > mostBytes ? null : readOutputs(other, { encoding, manifest });
  if (!actual || actual.length !== expected.length) return 'differs';
  const tolerance = verification?.tolerance ?? null;
  if (tolerance !== null) return judgeBySpread(expected, actual, tolerance);
  return isLenient && verification?.auditClass !== 'exact' ? 'same' : judgeByVectors(manifest, expected, actual);
}

const isFloat = ({ datatype }: Tensor) => datatype.startsWith('FP');

function judgeBySpread(expected: readonly Tensor[], actual: readonly Tensor[], tolerance: number): Agreement {
  const difference = measureSpread(expected, actual);
  if (difference <= tolerance) return 'same';
  if (difference <= lieFactor * tolerance) return 'unclear';
  // Whole numbers hang on a rounding of floats that agree.
  const floats = measureSpread(expected.filter(isFloat), actual);
  return difference === Number.POSITIVE_INFINITY && floats > 0 && floats <= tolerance ? 'unclear' : 'differs';
}

function judgeByVectors({ vectors }: Manifest, expected: readonly Tensor[], actual: readonly Tensor[]): Agreement {
  const loosest = {
    rtol: Math.max(0, ...vectors.map(({ rtol }) => rtol)),
    atol: Math.max(0, ...vectors.map(({ atol }) => atol)),
  };
  if (compareTensors(expected, actual, loosest).ok) return 'same';
  const floats = expected.filter(isFloat);
  return floats.length > 0 && compareTensors(floats, actual, loosest).ok ? 'unclear' : 'differs';
}
