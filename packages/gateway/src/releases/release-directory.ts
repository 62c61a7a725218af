import {
  CallableError,
  type Digest,
  digestJson,
  endWithin,
  type Manifest,
  parseDigest,
  parseReleaseRef,
  type ReleaseView,
} from '@callable/protocol';
import { BoundedMap } from '../limits/bounded-map.ts';

const freshMs = 2_000;
/**
 * So old may be what a call is answered by while the hub is asked behind it. It bounds how long a release answers after it was
 * withdrawn: the first call behind this time waits for the hub, and one that comes earlier has it asked, so that all after
 * it are refused once the hub has answered.
 */
const behindMs = 60_000;
/** How long a release stays callable here while the hub does not answer. */
const staleMs = 600_000;
const lookUpMs = 5_000;

/** What the hub says of releases, asked at most every two seconds for each. */
export type ReleaseDirectory = {
  /**
   * A release by `publisher/name[@version]` or digest, at once where it is known. Throws, or rejects with, NameInvalid,
   * ReleaseNotFound and what else the hub refuses with, HubUnreachable when it does not answer and nothing is remembered.
   */
  resolve(reference: string): ReleaseView | Promise<ReleaseView>;
};

type Known = { at: number; view: ReleaseView } | { at: number; refusal: CallableError };

/** Remembers the answers of `lookUp`, which asks the hub. */
export function createReleaseDirectory(options: {
  lookUp: (reference: string, signal: AbortSignal) => Promise<ReleaseView>;
  clock: () => number;
}): ReleaseDirectory {
  const known = new BoundedMap<string, Known>(5_000);
  const underWay = new Map<string, Promise<ReleaseView>>();
  const checked = new BoundedMap<Digest, Manifest>(5_000);

  async function lookUp(reference: string): Promise<ReleaseView> {
    try {
      // Its own deadline, not a caller's: many callers wait for this one answer.
      const said = await options.lookUp(reference, endWithin(lookUpMs));
      const view = withItsManifest(said, checked);
      known.set(reference, { at: options.clock(), view });
      return view;
    } catch (error) {
      return recall(reference, error);
    }
  }

  function recall(reference: string, error: unknown): ReleaseView {
    const failure =
      error instanceof CallableError ? error : new CallableError('HubUnreachable', undefined, { cause: error });
    if (failure.status < 500) {
      known.set(reference, { at: options.clock(), refusal: failure });
      throw failure;
    }
    const last = known.get(reference);
    if (last && 'view' in last && options.clock() - last.at < staleMs) return last.view;
    throw failure;
  }

  function refresh(reference: string): Promise<ReleaseView> {
    const waiting = underWay.get(reference);
    if (waiting) return waiting;
    const answer = lookUp(reference).finally(() => underWay.delete(reference));
    underWay.set(reference, answer);
    return answer;
  }

  return {
    resolve(reference) {
      const last = known.get(reference);
      if (!last) {
        if (!parseDigest(reference) && !parseReleaseRef(reference)) throw new CallableError('NameInvalid');
        return refresh(reference);
      }
      const age = options.clock() - last.at;
      if ('refusal' in last) {
        // What is not there may be published any moment: nobody is refused by an old word.
        if (age >= freshMs) return refresh(reference);
        throw last.refusal;
      }
      if (age < freshMs) return last.view;
      const answer = refresh(reference);
      if (age >= behindMs) return answer;
      // Whoever calls next hears what it says.
      answer.catch(() => undefined);
      return last.view;
    },
  };
}

/**
 * The release with the manifest that has its digest, which is hashed once. Throws HubUnreachable where the hub gave another.
 *
 * attack: a receipt names the model by this digest alone. A hub that showed the right manifest first and another one later would
 * have every check made against a model of its choice.
 */
function withItsManifest(view: ReleaseView, checked: BoundedMap<Digest, Manifest>): ReleaseView {
  const manifest = checked.get(view.digest);
  if (manifest) return { ...view, manifest };
  if (digestJson(view.manifest) !== view.digest)
    throw new CallableError(
      'HubUnreachable',
      `The hub gave a manifest that does not have the digest of ${view.reference}.`,
    );
  checked.set(view.digest, view.manifest);
  return view;
}
