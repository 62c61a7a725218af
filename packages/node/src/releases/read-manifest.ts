import type { FormatTable } from '@callable/formats';
import { CallableError, type Digest, type Manifest, parseManifest } from '@callable/protocol';
import { getRelease } from '@callable/sdk';
import type { NodeContext } from '../context.ts';
import { refuseUnsupported } from './refuse-unsupported.ts';
import { refuseUnwanted } from './refuse-unwanted.ts';

/**
 * The manifest with this digest. The digest is the identity of the release: a hub that sends another manifest for it
 * would have this node vouch for what its publisher never signed. Throws UnsupportedFormat for one this node may not run, and
 * NodeRefuses for one its operator does not want.
 */
export async function readManifest(
  { cache, hub, formats, config }: Pick<NodeContext, 'cache' | 'hub' | 'formats' | 'config'>,
  release: Digest,
  signal: AbortSignal,
): Promise<Manifest> {
  const cached = cache.find(release);
  if (cached) return understood(cached.manifest, formats);
  const view = await getRelease(hub, release, { signal });
  const verdict = parseManifest(view.manifest);
  if (!verdict.ok) throw new CallableError('ManifestInvalid', verdict.message);
  if (verdict.digest !== release)
    throw new CallableError(
      'DigestMismatch',
      `The hub sent a manifest with the digest ${verdict.digest} for ${release}.`,
    );
  refuseUnwanted(config, verdict.manifest, view);
  return understood(verdict.manifest, formats);
}

function understood(manifest: Manifest, formats: FormatTable): Manifest {
  refuseUnsupported(manifest, formats);
  return manifest;
}
