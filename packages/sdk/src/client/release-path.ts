/** `/v1/releases/…` for a reference `publisher/name[@version]` or a digest. */
export function releasePath(release: string): string {
  return `/v1/releases/${release.split('/').map(encodePart).join('/')}`;
}

/** `@` and `:` are legal in a path and read better unescaped. */
const encodePart = (part: string) => encodeURIComponent(part).replaceAll('%40', '@').replaceAll('%3A', ':');
