import { compareVersions } from '@callable/protocol';

/** The largest number a part of a version may be: nine digits. */
const largest = 999_999_999;

/** A free version after those that exist: the release after its prereleases, else one patch above the highest. */
export function suggestVersion(versions: readonly string[]): string {
  const [highest = '0.0.0'] = [...versions].sort((a, b) => compareVersions(b, a));
  const [major = 0, minor = 0, patch = 0] = highest.split('-')[0]?.split('.').map(Number) ?? [];
  if (highest.includes('-')) return `${major}.${minor}.${patch}`;
  if (patch < largest) return `${major}.${minor}.${patch + 1}`;
  return minor < largest ? `${major}.${minor + 1}.0` : `${Math.min(major + 1, largest)}.0.0`;
}
