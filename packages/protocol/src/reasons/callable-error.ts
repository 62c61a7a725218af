import { type ReasonCode, reasons } from './reasons.ts';

/** What may travel with an error beside its reason; everything here is shown to the caller. */
export type ErrorDetails = {
  /** Data of this case: `{ input: 'txt', allowed: ['text'] }`. */
  errors?: readonly Record<string, unknown>[];
  example?: unknown;
  conditions?: readonly unknown[];
  release?: string;
  retryAfterSeconds?: number;
};

/** A failure with a row in the table of reasons. `message` says what happened in this case, in one sentence. */
export class CallableError extends Error {
  readonly code: ReasonCode;
  readonly details: ErrorDetails;

  constructor(code: ReasonCode, message?: string, options: { cause?: unknown; details?: ErrorDetails } = {}) {
    super(message ?? reasons[code].sentence, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'CallableError';
    this.code = code;
    this.details = options.details ?? {};
  }

  get status(): number {
    return reasons[this.code].status;
  }

  /** What to do about it. */
  get remedy(): string {
    return reasons[this.code].next;
  }
}
