/** Who can do something about it. */
export type Actor = 'caller' | 'publisher' | 'operator' | 'network' | 'nobody';

/**
 * One word of the vocabulary that API, CLI, errors and conditions share. Reasons are part of the API: never
 * renamed, never reused.
 */
export type Reason = {
  /** HTTP status when this ends a request. */
  status: number;
  /** What is the case, one sentence. */
  sentence: string;
  who: Actor;
  /** What that actor does about it; empty when nothing is wrong. */
  next: string;
  /** Whether the same request can succeed later without anybody changing anything. */
  retry: boolean;
};
