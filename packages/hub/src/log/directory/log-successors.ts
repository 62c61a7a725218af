/** Under which name a log goes on that was given up. */
export type LogSuccessor = { was: string; now: string };

/** One pair a line. The settings of a hub go on naming the first log. */
export const formatSuccessors = (pairs: readonly LogSuccessor[]): string =>
  pairs.map(({ was, now }) => `${was} ${now}\n`).join('');

export function parseSuccessors(bytes: Uint8Array | null): LogSuccessor[] {
  const lines = bytes ? new TextDecoder().decode(bytes).split('\n') : [];
  return lines.flatMap((line) => {
    const [was, now] = line.split(' ');
    return was && now ? [{ was, now }] : [];
  });
}

/** The name of the log that took the place of this one, if any did. */
export const findSuccessor = (pairs: readonly LogSuccessor[], name: string): string =>
  pairs.reduce((current, { was, now }) => (was === current ? now : current), name);
