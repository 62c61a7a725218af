/** What every action takes beside its own: a signal that ends it. */
export type Abortable = { signal?: AbortSignal | undefined };
