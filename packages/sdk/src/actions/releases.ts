import { type FunnelStage, PublishAnswer, type PublishRequest, ReleaseList, ReleaseView } from '@callable/protocol';
import type { Abortable } from '../client/abortable.ts';
import type { Client } from '../client/client.ts';
import { readJson } from '../client/read-json.ts';
import { releasePath } from '../client/release-path.ts';

/** A release by `publisher/name[@version]` or digest. */
export const getRelease = (client: Client, release: string, { signal }: Abortable = {}) =>
  readJson(client, ReleaseView, releasePath(release), { signal });

/** Releases, newest first. */
export function listReleases(
  client: Client,
  filter: {
    callable?: boolean;
    /** Those that stand at this stage of the path now, or that stopped just before it. */
    stage?: FunnelStage;
    stopped?: FunnelStage;
    search?: string;
    publisher?: string;
    label?: string;
    withoutLabel?: string;
    limit?: number;
    after?: string;
  } = {},
) {
  const query = new URLSearchParams(Object.entries(filter).map(([name, value]) => [name, String(value)]));
  return readJson(client, ReleaseList, `/v1/releases?${query}`);
}

/** The last, small, repeatable step of publishing. */
export const publishRelease = (client: Client, request: PublishRequest, { signal }: Abortable = {}) =>
  readJson(client, PublishAnswer, '/v1/releases', { method: 'POST', json: request, signal });
