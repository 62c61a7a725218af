import type { Digest } from '@callable/protocol';

/** Looks remembered at once. Anybody may look at any release, so there must be an end to it. */
const most = 1000;

/**
 * Releases somebody has looked at since they were last seen to, in this process. What is lost, at a restart or beyond
 * the bound, is only a hint: every release is checked in its time, and the next look brings the hint again.
 */
export class Looks {
  readonly #digests = new Set<Digest>();

  add(digest: Digest): void {
    if (this.#digests.size < most) this.#digests.add(digest);
  }

  /** Those looked at, each once; they are forgotten here. */
  take(): Digest[] {
    const digests = [...this.#digests];
    this.#digests.clear();
    return digests;
  }
}
