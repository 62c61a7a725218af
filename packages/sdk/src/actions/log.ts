import { CallableError, LogView, type ReadLogFile } from '@callable/protocol';
import type { Abortable } from '../client/abortable.ts';
import type { Client } from '../client/client.ts';
import { readBytes } from '../client/read-bytes.ts';
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
      const response = await sendRequest(client, `/log/${path}`, { signal });
      return await readBytes(response, `${client.baseUrl}/log/${path}`, { signal, mostBytes: largestFile });
    } catch (error) {
      if (error instanceof CallableError && error.code === 'BlobNotFound') return null;
      throw error;
    }
  };
