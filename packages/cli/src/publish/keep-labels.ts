import { manifestLimits } from '@callable/protocol';

/** All labels together, bytes: half of what a manifest may have. */
const mostBytes = manifestLimits.bytes / 2;

type Labels = ReadonlyMap<string, string[]>;

/**
 * Labels found in a model, as far as a manifest can hold them. Nobody wrote them for it: where they do not fit they are left
 * out with a word, and the release is published without.
 */
export function keepLabels(found: Labels): { labels: Map<string, string[]>; notices: string[] } {
  const labels = new Map<string, string[]>();
  const notices: string[] = [];
  let left = mostBytes;
  for (const [output, texts] of found) {
    const bytes = Buffer.byteLength(JSON.stringify(texts));
    const why = misfit(texts) ?? (bytes > left ? `they have ${bytes} bytes, of ${mostBytes} for all` : null);
    if (why === null) {
      labels.set(output, texts);
      left -= bytes;
    } else notices.push(`The labels of ${JSON.stringify(output)} in the model are left out of the manifest: ${why}.`);
  }
  return { labels, notices };
}

function misfit(texts: readonly string[]): string | null {
  const { labels, labelCharacters } = manifestLimits;
  if (texts.length > labels) return `there are ${texts.length}, at most ${labels} are shown`;
  const longest = texts.reduce((most, text) => Math.max(most, text.length), 0);
  if (longest > labelCharacters) return `one has ${longest} characters, at most ${labelCharacters} are shown`;
  // The model itself is refused for it where a caller could meet them; here it is only what people read.
  return texts.some((text) => text.includes('\ufffd')) ? 'one is not UTF-8, so it could only be shown wrongly' : null;
}
