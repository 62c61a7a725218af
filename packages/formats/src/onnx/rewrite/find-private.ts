/** What a text tells of the machine or the person it was written by. `whole`: a trace of source code, not one word of it. */
export type PrivatePart = { readonly at: number; readonly text: string; readonly whole: boolean };

/**
 * Paths of a machine, stack traces, e-mail addresses, names of hosts, and `words`, which the caller knows to be private.
 * Scopes of a graph (`/model/layers.0/Add`), URLs, versions and label lists are none of it: 0036 says what was measured.
 */
export function findPrivate(text: string, words: readonly string[] = []): PrivatePart[] {
  const found: PrivatePart[] = [];
  const urls = [...text.matchAll(/https?:\/\/[^\s"'<>]{1,2000}/g)].map(({ index, 0: url }) => [
    index,
    index + url.length,
  ]);
  const inUrl = (at: number) => urls.some(([start = 0, end = 0]) => at >= start && at < end);
  for (const pattern of paths)
    for (const { index, 0: part } of text.matchAll(pattern))
      if (!inUrl(index)) found.push({ at: index, text: part, whole: false });
  for (const { pattern, whole } of others)
    for (const { index, 0: part } of text.matchAll(pattern)) found.push({ at: index, text: part, whole });
  for (const { pattern, back, whole, only } of endings)
    for (const { index, 0: ending } of text.matchAll(pattern)) {
      let at = index;
      while (at > 0 && index - at < longestName && back.test(text[at - 1] ?? '')) at -= 1;
      const part = text.slice(at, index) + ending;
      if (only.test(part)) found.push({ at, text: part, whole });
    }
  for (const word of words) {
    if (word.length < shortestWord) continue;
    for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + word.length))
      if (!isWord(text[at - 1]) && !isWord(text[at + word.length])) found.push({ at, text: word, whole: false });
  }
  return joinOverlaps(text, found);
}

/** A host called `pc` or a user called `me` would be found in every other text. */
const shortestWord = 4;

const isWord = (letter: string | undefined) => letter !== undefined && /[\w-]/.test(letter);

/** Not inside a word, a URL or a scope: `https://x.org/home/a` and `blocks/home/a` are no paths of a machine. */
const before = String.raw`(?<![\w.:/\\~-])`;
const segment = String.raw`[^\s"'<>|:;,()\[\]{}/\\]+`;
/** Folders at the root of a machine. Some are words of graphs too, so those need a file of source or data at the end. */
const roots =
  'home|Users|root|mnt|media|tmp|var|opt|usr|srv|etc|private|Volumes|workspace|workspaces|kaggle|content|scratch|gpfs|lustre|nfs|builds|github|__w|databricks|cygdrive';
const fileEndings =
  'py|pyc|ipynb|pt|pth|ckpt|h5|hdf5|keras|pb|onnx|safetensors|bin|npz|npy|pkl|joblib|yaml|yml|json|toml|cfg|csv|tsv|txt|parquet|cpp|cc|cu|h|so|sh|zip|tar|gz|jpg|png|wav';

const paths: readonly RegExp[] = [
  new RegExp(`${before}/(?:${roots})(?:/${segment})+`, 'g'),
  new RegExp(`${before}(?:/${segment}){2,}\\.(?:${fileEndings})(?![\\w-])`, 'g'),
  new RegExp(`${before}~(?:/${segment})+`, 'g'),
  /(?<!\w)[A-Za-z]:(?:\\{1,2}[^\s"'<>|:;,()\\/]+){2,}/g,
  /(?<!\w)[A-Za-z]:\/(?:Users|Program|Windows|dev|src|work|code|data|projects?)\b[^\s"'<>|:;,()]*/gi,
  /(?<![\w\\])\\{2,4}[\w.-]+(?:\\{1,2}[\w.$-]+)+/g,
  /\bfile:\/\/[^\s"'<>]+/g,
];

const others: readonly { readonly pattern: RegExp; readonly whole: boolean }[] = [
  // Python's own words: a trace, a frame of one, a line of a notebook.
  { pattern: /Traceback \(most recent call last\)/g, whole: true },
  { pattern: /File "[^"\n]{1,1000}", line \d+/g, whole: true },
  { pattern: /<ipython-input-[^>\n]{1,100}>/g, whole: true },
  { pattern: /[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}\.[A-Za-z]{2,24}\b/g, whole: false },
  { pattern: /\b(?:DESKTOP|LAPTOP|WIN)-[A-Z0-9]{6,12}\b/g, whole: false },
  { pattern: /\bip-\d{1,3}(?:-\d{1,3}){3}\b/g, whole: false },
  { pattern: /(?<![\w.])(?:10\.\d{1,3}|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d{1,3}\.\d{1,3}(?![\w.])/g, whole: false },
];

/** What is known by how it ends is read backwards from there: forwards, each letter may begin one, and that took minutes. */
const endings = [
  { pattern: /\.py(?:\(\d+\)|:\d+)/g, back: /[^\s"'<>()]/, only: /^/, whole: true },
  // A hyphen tells a host from an attribute of an object (`self.internal`).
  {
    pattern: /\.(?:local|internal|lan|corp|localdomain|intranet)\b(?![.\w(])/g,
    ...{ back: /[\w.-]/, only: /-/, whole: false },
  },
];
const longestName = 1000;

/** What overlaps is one piece: nothing of either may be left. */
function joinOverlaps(text: string, found: readonly PrivatePart[]): PrivatePart[] {
  const inOrder = [...found].sort((one, other) => one.at - other.at);
  const joined: PrivatePart[] = [];
  for (const part of inOrder) {
    const last = joined.at(-1);
    if (!last || part.at >= last.at + last.text.length) {
      joined.push(part);
      continue;
    }
    const end = Math.max(last.at + last.text.length, part.at + part.text.length);
    joined[joined.length - 1] = { at: last.at, text: text.slice(last.at, end), whole: last.whole || part.whole };
  }
  return joined;
}
