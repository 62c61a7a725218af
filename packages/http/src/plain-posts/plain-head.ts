/** The head of a request that two readers cannot read differently. */
export type PlainHead = {
  /** Exactly as sent, with its query. */
  target: string;
  /** Names in lower case, each once; values without the spaces around them. */
  headers: Readonly<Record<string, string>>;
  /** Bytes of its body, at least 1. */
  length: number;
  /** Bytes up to the first of the body. */
  size: number;
};
