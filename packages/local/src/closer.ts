/** Closes what was opened, last first, each once; a failure to close one does not keep the others open. */
export class Closer {
  readonly #closes: (() => Promise<unknown>)[] = [];

  add<Resource extends AsyncDisposable>(resource: Resource): Resource {
    this.defer(() => Promise.resolve(resource[Symbol.asyncDispose]()));
    return resource;
  }

  defer(close: () => Promise<unknown>): void {
    this.#closes.push(close);
  }

  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (let close = this.#closes.pop(); close; close = this.#closes.pop()) {
      await close().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw new AggregateError(failures, 'Not everything could be closed.');
  }
}
