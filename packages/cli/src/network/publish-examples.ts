import { join } from 'node:path';
import { formatTable } from '@callable/formats';
import { addressOf, type ReleaseView } from '@callable/protocol';
import { type Client, createClient, getRelease } from '@callable/sdk';
import type { CliContext } from '../context/cli-context.ts';
import { describeError } from '../errors/describe-error.ts';
import { makeOwnKey } from '../keys/make-own-key.ts';
import { loadLocally } from '../models/load-locally.ts';
import { findPublished } from '../publish/find-published.ts';
import { followRelease } from '../publish/follow-release.ts';
import { publishModel } from '../publish/publish-model.ts';
import { tellPublish } from '../publish/tell-publish.ts';
import { cleanText } from '../terminal/clean-text.ts';
import { paint } from '../terminal/paint.ts';
import type { Example } from './list-examples.ts';

/** How long one example may take until it is callable, milliseconds; the network runs on whatever becomes of it. */
const timeoutMs = 30_000;

/**
 * Publishes the examples through the same public API as anybody, under a key kept with the data. What an earlier
 * start has published is only awaited, when there is a node to wait for. Answers the releases as they stand.
 */
export async function publishExamples(
  context: CliContext,
  { url, dataDir, examples, wait }: { url: string; dataDir: string; examples: readonly Example[]; wait: boolean },
): Promise<ReleaseView[]> {
  const { err, clock, signal, random, fetch } = context;
  const { key } = await makeOwnKey(context, join(dataDir, 'examples-key'));
  const client = createClient(url, { key, fetch, clock, random });
  const releases: ReleaseView[] = [];
  for (const { name, file, example } of examples) {
    try {
      const published = await findPublished(client, `${addressOf(key)}/${name}`, signal);
      if (published) {
        releases.push(wait ? await awaitCallable(client, published, signal) : published);
        continue;
      }
      const request = { file, name, dryRun: false, wait, timeoutMs, ...(example ? { example } : {}) };
      err.write(`\n${paint(err, 'bold', `Publishing examples/${name}`)}\n`);
      const { result } = await tellPublish(
        context,
        publishModel({ client, key, clock, signal, formats: formatTable, load: loadLocally }, request),
      );
      releases.push(await getRelease(client, result.digest, { signal }));
    } catch (error) {
      if (signal.aborted) throw error;
      const { message, next } = describeError(error);
      err.write(`${paint(err, 'yellow', `examples/${name} was not published:`)} ${cleanText(`${message} ${next}`)}\n`);
    }
  }
  return releases;
}

/** After a restart nodes load again and probes run again; that takes a moment. */
async function awaitCallable(client: Client, published: ReleaseView, signal: AbortSignal): Promise<ReleaseView> {
  let view = published;
  if (view.callable) return view;
  for await (const next of followRelease(client, published.digest, { timeoutMs, signal })) view = next;
  return view;
}
