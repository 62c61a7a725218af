import { CallableError, digestOfRef, formatReleaseRef, type ReleaseView } from '@callable/protocol';

/**
 * Throws when a call by this reference is not for this release any more: the hub refuses calls to it, or its publisher
 * has yanked it and the caller did not name the digest, as those do who depend on exactly these bytes.
 */
export function refuseWithdrawn(reference: string, release: ReleaseView): void {
  const { yanked = null, refused = null } = release.notices ?? {};
  const details = { release: release.reference };
  if (refused?.scopes.includes('calls'))
    throw new CallableError(
      'ReleaseRefused',
      `The hub ${refused.by} refuses calls to ${release.reference}: ${said(refused.note)}`,
      { details },
    );
  if (!yanked || digestOfRef(reference)) return;
  const { publisher, name } = release.manifest;
  const exact = formatReleaseRef({ publisher, name, digest: release.digest });
  throw new CallableError(
    'ReleaseYanked',
    `${release.reference} is yanked (${said(yanked.note)}); who depends on it calls ${exact}.`,
    { details },
  );
}

const said = (note: string) => (note.trim() === '' ? 'no reason given' : note);
