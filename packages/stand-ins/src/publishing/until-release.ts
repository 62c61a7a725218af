import { type Condition, type ConditionType, endWithin, type ReleaseView } from '@callable/protocol';
import { type Client, getRelease, watchRelease } from '@callable/sdk';

/**
 * The release as soon as it looks like that. Rejects after `withinMs`, naming the conditions as they stand.
 */
export async function untilRelease(
  client: Client,
  release: string,
  isSo: (view: ReleaseView) => boolean,
  withinMs = 60_000,
): Promise<ReleaseView> {
  const signal = endWithin(withinMs);
  let view = await getRelease(client, release, { signal });
  if (isSo(view)) return view;
  try {
    for await (const next of watchRelease(client, release, { signal })) {
      view = next;
      if (isSo(view)) return view;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  throw new Error(`${release} did not become so within ${withinMs} ms:\n${view.conditions.map(tell).join('\n')}`);
}

export const isCallable = (view: ReleaseView): boolean => view.callable;

export function conditionOf(view: ReleaseView, type: ConditionType): Condition {
  const found = view.conditions.find((condition) => condition.type === type);
  if (!found) throw new Error(`There is no condition ${type}.`);
  return found;
}

export const isTrue = (type: ConditionType) => (view: ReleaseView) => conditionOf(view, type).status === 'True';

const tell = ({ type, status, reason, message }: Condition) => `${type}=${status} ${reason}: ${message}`;
