import { parseToldHead, type ToldHead } from '@callable/protocol';

/** The last head of a hub's log that this client saw: a hub put back from a copy learns from it that it is one. */
export type HeadMemory = {
  /** What the next request says: a head beyond what the hub itself said last. */
  toSay(): Promise<string | null>;
  /** What a hub said with an answer. */
  hear(line: string): void;
  /** What it said last; null before its first word. */
  said(): string | null;
};

/**
 * Remembers one head. `recall` gives what an earlier process kept; `keep` is called with each later one, and must not
 * throw. Nothing is checked here: only the hub that signed a head judges it.
 */
export function createHeadMemory({
  recall,
  keep,
}: {
  recall: () => Promise<string | null>;
  keep: (line: string) => void;
}): HeadMemory {
  let best: { line: string; head: ToldHead } | null = null;
  let said: { line: string; head: ToldHead } | null = null;
  let recalled: Promise<void> | null = null;
  const read = (line: string | null) => {
    const head = line === null ? null : parseToldHead(line.trim());
    return head && { line: (line ?? '').trim(), head };
  };
  return {
    async toSay() {
      recalled ??= recall().then(
        (line) => {
          best ??= read(line);
        },
        () => undefined,
      );
      await recalled;
      if (!best || !said) return best?.line ?? null;
      return best.line !== said.line && best.head.size >= said.head.size ? best.line : null;
    },
    said: () => said?.line ?? null,
    hear(line) {
      const heard = read(line);
      if (!heard) return;
      said = heard;
      // Another key is another log: what was kept of the one before tells its hub nothing.
      if (best && best.head.keyId === heard.head.keyId && best.head.size >= heard.head.size) return;
      best = heard;
      keep(heard.line);
    },
  };
}
