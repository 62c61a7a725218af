import type { ConditionType, ReleaseView } from '@callable/protocol';
import { type Client, watchRelease } from '@callable/sdk';

/** The release as soon as this holds, by its live events. */
export async function awaitRelease(
  client: Client,
  release: string,
  holds: (view: ReleaseView) => boolean,
): Promise<ReleaseView> {
  const stop = new AbortController();
  let last: ReleaseView | null = null;
  try {
    for await (const view of watchRelease(client, release, {
      signal: AbortSignal.any([stop.signal, AbortSignal.timeout(30_000)]),
    })) {
      last = view;
      if (holds(view)) return view;
    }
  } catch (cause) {
    throw new Error(`It never came to that; last: ${JSON.stringify(last?.conditions, null, 1)}`, { cause });
  } finally {
    stop.abort();
  }
  throw new Error('The stream ended.');
}

export const conditionOf = (view: ReleaseView, type: ConditionType) => {
  const found = view.conditions.find((condition) => condition.type === type);
  if (!found) throw new Error(`There is no ${type}.`);
  return found;
};

export const isTrue = (type: ConditionType) => (view: ReleaseView) => conditionOf(view, type).status === 'True';
