import { CallableError, LogView, type ReadLogFile } from '@callable/protocol';
import type { Abortable } from '../client/abortable.ts';
import type { Client } from '../client/client.ts';
import { readJson } from '../client/read-json.ts';
import { sendRequest } from '../client/send-request.ts';

/** The largest file of a log: a full bundle of the longest entries. */
const largestFile = 256 * (2 + 65_535);

/** Origin, key and witnesses of a hub's log. A hub names its own key: compare it with one from elsewhere. */
export const getLog = (client: Client, { signal }: Abortable = {}) => readJson(client, LogView, '/v1/log', { signal });

/** Reads the files of a hub's log, as one would read those of a static copy. Nothing in them is checked. */
export const readLogFile =
  (client: Client, { signal }: Abortable = {}): ReadLogFile =>
  async (path) => {
    try {
      return await readBounded(await sendRequest(client, `/log/${path}`, { signal }));
    } catch (error) {
      if (error instanceof CallableError && error.code === 'BlobNotFound') return null;
      throw error;
    }
  };

async function readBounded(response: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > largestFile)
      throw new CallableError('HubUnreachable', 'The log answered with a file too large for one.');
    parts.push(part);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
