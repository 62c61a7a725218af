import { parseAddress } from './address.ts';
import { type Digest, parseDigest } from './digest.ts';
import { type ModelName, type Publisher, parseHandle, parseModelName, parseVersion, type Version } from './names.ts';

/** `publisher/name[@version | @digest]`; without either it means the newest release of that model. */
export type ReleaseRef = { publisher: Publisher; name: ModelName; version: Version | null; digest: Digest | null };

/** The reference in this text, or null when any part is outside its grammar. */
export function parseReleaseRef(text: string): ReleaseRef | null {
  const parts = /^([^/@]+)\/([^/@]+)(?:@([^/@]+))?$/.exec(text);
  if (!parts) return null;
  const publisher = parseAddress(parts[1] ?? '') ?? parseHandle(parts[1] ?? '');
  const name = parseModelName(parts[2] ?? '');
  const digest = parseDigest(parts[3] ?? '');
  const version = parts[3] === undefined || digest ? null : parseVersion(parts[3]);
  if (!publisher || !name || (parts[3] !== undefined && !version && !digest)) return null;
  return { publisher, name, version, digest };
}

/** The digest that a text names a release by, alone or as `publisher/name@digest`; null when it names it otherwise. */
export function digestOfRef(text: string): Digest | null {
  return parseDigest(text) ?? parseReleaseRef(text)?.digest ?? null;
}

export function formatReleaseRef(ref: {
  publisher: string;
  name: string;
  version?: string | null;
  digest?: string | null;
}): string {
  const exact = ref.version ?? ref.digest;
  return `${ref.publisher}/${ref.name}${exact ? `@${exact}` : ''}`;
}

/** Order of Semantic Versioning §11: negative when `a` comes before `b`. */
export function compareVersions(a: string, b: string): number {
  const [mainA = '', preA] = splitVersion(a);
  const [mainB = '', preB] = splitVersion(b);
  const main = compareIdentifiers(mainA.split('.'), mainB.split('.'));
  if (main !== 0 || preA === preB) return main;
  if (preA === undefined) return 1;
  if (preB === undefined) return -1;
  return compareIdentifiers(preA.split('.'), preB.split('.'));
}

function splitVersion(version: string): [string, string | undefined] {
  const dash = version.indexOf('-');
  return dash < 0 ? [version, undefined] : [version.slice(0, dash), version.slice(dash + 1)];
}

function compareIdentifiers(a: string[], b: string[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const x = a[i];
    const y = b[i];
    if (x === undefined) return -1;
    if (y === undefined) return 1;
    const order = compareIdentifier(x, y);
    if (order !== 0) return order;
  }
  return 0;
}

const numeric = /^\d+$/;

/** Numbers before words, numbers by value, words by ASCII. */
function compareIdentifier(x: string, y: string): number {
  if (numeric.test(x) !== numeric.test(y)) return numeric.test(x) ? -1 : 1;
  // Without leading zeros the longer number is the larger; Number() would round 40 digits and call two equal.
  if (numeric.test(x) && x.length !== y.length) return x.length - y.length;
  return x < y ? -1 : x > y ? 1 : 0;
}
