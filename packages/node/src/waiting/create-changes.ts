/** Tells whoever listens that something is different; what it is they read themselves. */
export type Changes = {
  emit: () => void;
  /** Returns the way to stop listening. */
  listen(listener: () => void): () => void;
};

export function createChanges(log: { error(details: object, message: string): void }): Changes {
  const listeners = new Set<() => void>();
  return {
    emit() {
      for (const listener of listeners) {
        try {
          listener();
        } catch (error) {
          // A listener that fails must not stop what it was told about.
          log.error({ err: error }, 'a listener of the announcement failed');
        }
      }
    },
    listen(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}
