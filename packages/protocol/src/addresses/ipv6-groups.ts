/** The eight groups of an IPv6 address without brackets and zone, also one that ends like IPv4; null for anything else. */
export function ipv6Groups(text: string): number[] | null {
  if (!text.includes(':')) return null;
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  if (dotted) {
    const [, head = '', a = '', b = '', c = '', d = ''] = dotted;
    if ([a, b, c, d].some((part) => Number(part) > 255)) return null;
    return ipv6Groups(`${head}${hex(Number(a), Number(b))}:${hex(Number(c), Number(d))}`);
  }
  const [left = '', right, more] = text.split('::');
  if (more !== undefined) return null;
  const before = left === '' ? [] : left.split(':');
  const after = right === undefined || right === '' ? [] : right.split(':');
  const gap = 8 - before.length - after.length;
  if (right === undefined ? gap !== 0 : gap < 1) return null;
  const groups = [...before, ...Array<string>(gap).fill('0'), ...after];
  return groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))
    ? groups.map((group) => Number.parseInt(group, 16))
    : null;
}

const hex = (high: number, low: number) => (high * 256 + low).toString(16);

/** The first groups of an address, as they are written. */
export const writeGroups = (groups: readonly number[], count: number): string =>
  groups
    .slice(0, count)
    .map((group) => group.toString(16))
    .join(':');
