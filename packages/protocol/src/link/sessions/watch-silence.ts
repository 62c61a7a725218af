/** Whether the other end of a link still speaks, so that a frozen process is told from one that works. */
export type Silence = {
  /** Something came from it. */
  heard(): void;
  /** It answered a knock: from now on its silence means something. */
  knockAnswered(): void;
  /** To be called every `watchMs`, with whether anybody waits for it. */
  tick(isAwaited: boolean): void;
  /** Hears when it falls silent and when it is heard again; at once when it is silent now. Returns the way to stop. */
  listen(listener: (isSilent: boolean) => void): () => void;
};

const knockAtTick = 2;
/** 1.2 s at 200 ms a tick. Ticks are counted, not time: an end that stood still itself has heard nobody meanwhile. */
const silentAtTick = 6;

/** `knock` asks for a sign that costs the other end no work. Without it, or where nothing ever answered, silence tells nothing. */
export function watchSilence(knock: (() => void) | undefined): Silence {
  const listeners = new Set<(isSilent: boolean) => void>();
  let [ticks, isSilent, isAnswering] = [0, false, false];

  function turn(next: boolean): void {
    if (isSilent === next) return;
    isSilent = next;
    for (const listener of [...listeners]) listener(next);
  }
  function heard(): void {
    ticks = 0;
    turn(false);
  }

  knock?.();
  return {
    heard,
    knockAnswered() {
      isAnswering = true;
      heard();
    },
    tick(isAwaited) {
      if (!isAnswering || isSilent) return;
      ticks = isAwaited ? ticks + 1 : 0;
      if (ticks === knockAtTick) knock?.();
      if (ticks >= silentAtTick) turn(true);
    },
    listen(listener) {
      listeners.add(listener);
      if (isSilent) listener(true);
      return () => void listeners.delete(listener);
    },
  };
}
