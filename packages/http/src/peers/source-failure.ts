/** What a source did instead of sending a chunk. */
export class SourceFailure extends Error {
  /** `busy`: it may be asked again soon; `lacks`: it has not got this chunk; `broken`: it did something else. */
  readonly kind: 'busy' | 'lacks' | 'broken';

  constructor(kind: SourceFailure['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
