/** Keeps what was opened, to close it in reverse order. Node 20 has no AsyncDisposableStack yet. */
export type Closer = {
  use<Resource extends AsyncDisposable>(resource: Resource): Resource;
  /** Closes everything, once; goes on when one fails, and then throws the first failure. */
  close: () => Promise<void>;
};

export function createCloser(): Closer {
  const opened: AsyncDisposable[] = [];
  let closing: Promise<void> | null = null;
  const closeAll = async () => {
    const failures: unknown[] = [];
    for (let resource = opened.pop(); resource; resource = opened.pop()) {
      try {
        await resource[Symbol.asyncDispose]();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  };
  return {
    use(resource) {
      opened.push(resource);
      return resource;
    },
    close: () => {
      closing ??= closeAll();
      return closing;
    },
  };
}
