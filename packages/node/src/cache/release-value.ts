/** How worth keeping a release is: demand times what it costs to bring back, per byte it occupies. */
export function releaseValue(release: { demandPerSecond: number; coldSeconds: number; bytes: number }): number {
  return (release.demandPerSecond * release.coldSeconds) / Math.max(1, release.bytes);
}
