/** Where the pieces of a body come from, one after the other: a stream of node:http, or a connection that is read here. */
export type BodySource = {
  on(event: 'data', listener: (piece: Buffer) => void): unknown;
  on(event: 'end' | 'close' | 'error', listener: () => void): unknown;
  off(event: 'data', listener: (piece: Buffer) => void): unknown;
  off(event: 'end' | 'close' | 'error', listener: () => void): unknown;
  once(event: 'close', listener: () => void): unknown;
  /** Lets the pieces come also where nobody listens. */
  resume(): unknown;
  /** Cuts the sender off. */
  destroy(): unknown;
  readonly closed: boolean;
};
