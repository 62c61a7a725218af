/** Words of google.rpc.Code that Walrus daemons use. */
type Status = 'INVALID_ARGUMENT' | 'NOT_FOUND' | 'OUT_OF_RANGE' | 'UNAVAILABLE' | 'RESOURCE_EXHAUSTED' | 'INTERNAL';

/**
 * A refusal as a Walrus daemon words it. Without a `reason` it comes from the server around the daemon, which answers
 * in plain text; clients of Walrus are used to both, and tell them apart.
 */
export class WalrusProblem extends Error {
  readonly code: number;
  readonly status: Status | null;
  readonly reason: string | null;

  constructor(code: number, message: string, json: { status: Status; reason: string } | null = null) {
    super(message);
    this.name = 'WalrusProblem';
    this.code = code;
    this.status = json?.status ?? null;
    this.reason = json?.reason ?? null;
  }

  /** The body of the answer and its type. */
  get answer(): { type: string; body: string } {
    const { code, message, status, reason } = this;
    if (reason === null) return { type: 'text/plain; charset=utf-8', body: message };
    const details = [{ '@type': 'ErrorInfo', reason, domain: 'daemon.walrus.space', metadata: {} }];
    return { type: 'application/json', body: JSON.stringify({ error: { status, code, message, details } }) };
  }
}

export const blobNotFound = (): WalrusProblem =>
  new WalrusProblem(404, 'the requested blob ID does not exist on Walrus, ensure that it was entered correctly', {
    status: 'NOT_FOUND',
    reason: 'BLOB_NOT_FOUND',
  });
