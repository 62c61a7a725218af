import { CallableError } from '@callable/protocol';
import { expect, test } from 'vitest';
import { sendProblem } from '../../test/examples.ts';
import { left, sendForEver, serve } from '../../test/serve.ts';
import { createClient } from '../client/client.ts';
import { readLogFile } from './log.ts';

test('a file of the log, one that is not there, and one that the hub refuses', async () => {
  const { url, asked } = await serve((response, _, nth) => {
    if (nth === 1) response.write('che', () => response.end('ckpoint'));
    else sendProblem(response, new CallableError(nth === 2 ? 'BlobNotFound' : 'NotReady'));
  });
  const read = readLogFile(createClient(url));
  expect(String(Buffer.from((await read('checkpoint')) ?? []))).toBe('checkpoint');
  expect(await read('tile/0/000')).toBeNull();
  await expect(read('checkpoint')).rejects.toMatchObject({ code: 'NotReady' });
  expect(asked.map(({ path }) => path)).toEqual(['/log/checkpoint', '/log/tile/0/000', '/log/checkpoint']);
});

test('attack: a file without end is left and closed', async () => {
  const gone: Promise<unknown>[] = [];
  const { url } = await serve((response) => {
    gone.push(left(response));
    sendForEver(response, new Uint8Array(2 ** 18));
  });
  await expect(readLogFile(createClient(url))('checkpoint')).rejects.toMatchObject({
    code: 'HubUnreachable',
    message: expect.stringContaining(`${url}/log/checkpoint broke off (more than`),
  });
  await gone[0];
});
