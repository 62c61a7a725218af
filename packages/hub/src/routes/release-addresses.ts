import { CallableError } from '@callable/protocol';
import { Type } from '@callable/protocol/schema';

const ByReference = Type.Object({
  publisher: Type.String({ maxLength: 64, description: 'An address or a handle.' }),
  release: Type.String({ maxLength: 140, description: 'The name, and after @ a version or a digest.' }),
});
const ByDigest = Type.Object({
  release: Type.String({ maxLength: 80, description: 'A digest: sha256: and 64 lower-case hex digits.' }),
});

/**
 * How a release is addressed below a noun: by a name in two segments, by a digest in one. What stands behind a digest is
 * found only where its form says that it is one: else a model called `events` could not be.
 */
export const releaseAddresses = [
  { whole: ':publisher/:release', above: ':publisher/:release', params: ByReference },
  { whole: ':release', above: ':release(^sha256:[0-9a-f]{64}$)', params: ByDigest },
] as const;

/** The reference of a release from the parameters of its address. */
export function nameOf(params: { publisher?: string; release: string }): string {
  if (params.publisher === undefined && !params.release.startsWith('sha256:'))
    throw new CallableError(
      'NameInvalid',
      `${JSON.stringify(params.release)} is not a digest; a release is named publisher/name@1.0.0.`,
    );
  return params.publisher === undefined ? params.release : `${params.publisher}/${params.release}`;
}
