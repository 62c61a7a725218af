import { reasons } from '#reasons';
import { ownMember } from '../json/own-member.ts';
import type { Reason } from './reason.ts';
import type { ReasonCode } from './reasons.ts';

/** What may travel with an error beside its reason; everything here is shown to the caller. */
export type ErrorDetails = {
  /** Data of this case: `{ input: 'txt', allowed: ['text'] }`. */
  errors?: readonly Record<string, unknown>[];
  example?: unknown;
  conditions?: readonly unknown[];
  release?: string;
  retryAfterSeconds?: number;
  /** When it is reckoned to work, and what that rests on. */
  estimate?: { seconds: number; basis: string };
  /** What answered in place of a server of ours: its status, who it says it is, and where it sends one. */
  answer?: { status: number; by?: string | null | undefined; to?: string | undefined };
};

/** A row as a server told it. Its words may be newer than this program. */
export type ToldReason = Omit<Reason, 'who'> & { who: string };

/**
 * A failure with a row in the table of reasons. `message` says what happened in this case, in one sentence.
 * `told` counts where this program has no such row: a page has few, and an old program none of a new reason.
 */
export class CallableError extends Error {
  readonly code: ReasonCode;
  readonly details: ErrorDetails;
  readonly #row: ToldReason;

  constructor(
    code: ReasonCode,
    message?: string,
    options: { cause?: unknown; details?: ErrorDetails; told?: ToldReason } = {},
  ) {
    const row: ToldReason = ownMember(reasons, code) ?? options.told ?? unknown;
    super(message ?? row.sentence, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'CallableError';
    this.code = code;
    this.details = options.details ?? {};
    this.#row = row;
  }

  get status(): number {
    return this.#row.status;
  }

  /** Who can do something about it: an `Actor`, or a newer word of a server. */
  get who(): string {
    return this.#row.who;
  }

  /** What to do about it; empty when nobody said. */
  get remedy(): string {
    return this.#row.next;
  }

  /** Whether the same request can succeed later without anybody changing anything. */
  get retry(): boolean {
    return this.#row.retry;
  }
}

const unknown: ToldReason = { status: 500, sentence: '', who: '', next: '', retry: false };
