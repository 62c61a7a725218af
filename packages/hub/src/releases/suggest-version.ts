import { compareVersions } from '@callable/protocol';

/** The next free version after those that exist: one patch above the highest. */
export function suggestVersion(versions: readonly string[]): string {
  const [highest = '0.0.0'] = [...versions].sort((a, b) => compareVersions(b, a));
  const [major = '0', minor = '0', patch = '0'] = highest.split('-')[0]?.split('.') ?? [];
  return highest.includes('-') ? `${major}.${minor}.${patch}` : `${major}.${minor}.${Number(patch) + 1}`;
}
