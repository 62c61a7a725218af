/** Why a path may not name a file of a release, or null when it may. */
export function filePathProblem(path: string): string | null {
  if (path.length === 0 || path.length > 255) return 'a path has 1 to 255 characters';
  if (!/^[A-Za-z0-9._+@=,~()[\] /-]+$/.test(path))
    return 'a path is made of ASCII letters, digits and ._+@=,~()[]- with / between folders';
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..'))
    return 'a path has no empty, `.` or `..` part and does not start with /';
  if (parts.some((part) => part.endsWith('.') || part.endsWith(' ') || part.startsWith(' ')))
    return 'no part of a path starts or ends with a space or ends with a dot';
  if (parts.some((part) => windowsDevice.test(part)))
    return 'no part of a path is a name that Windows keeps for a device, such as con or nul.txt';
  return null;
}

const windowsDevice = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9]) *(?:\.|$)/i;

/** Two paths that one file system cannot tell apart, or whose folders it merges (macOS and Windows fold case), or null. */
export function collidingPaths(paths: readonly string[]): [string, string] | null {
  const seen = new Map<string, string>();
  for (const path of paths) {
    const folded = path.toLowerCase();
    const other = seen.get(folded);
    if (other !== undefined) return [other, path];
    seen.set(folded, path);
  }
  const folders = new Map<string, { spelled: string; path: string }>();
  for (const path of paths) {
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth++) {
      const spelled = parts.slice(0, depth).join('/');
      const folded = spelled.toLowerCase();
      const asFile = seen.get(folded);
      if (asFile !== undefined) return [asFile, path];
      const other = folders.get(folded);
      if (other && other.spelled !== spelled) return [other.path, path];
      folders.set(folded, { spelled, path });
    }
  }
  return null;
}
