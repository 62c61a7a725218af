import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { S3Settings } from '../src/s3/s3-settings.ts';
import { freePort } from './free-port.ts';
import { untilAnswering } from './until-answering.ts';

/** The Versity S3 gateway, a server that is used in production: it checks signatures, hashes and part sizes. */
const program =
  process.env.VERSITYGW ??
  fileURLToPath(new URL('../../../node_modules/.cache/callable/bin/versitygw', import.meta.url));

/** Null when the tests can run; else why not. In CI that is a failure, never a skip. */
export const noS3Server: string | null = existsSync(program)
  ? null
  : `There is no S3 server at ${program}. To have one: GOBIN=$PWD/node_modules/.cache/callable/bin go install github.com/versity/versitygw/cmd/versitygw@v1.8.0`;

export type S3Server = AsyncDisposable & {
  settings: S3Settings;
  /** Where the server keeps the objects of the bucket as files. */
  directory: string;
};

/** A real S3 server on loopback with one empty bucket. */
export async function startS3Server(): Promise<S3Server> {
  const root = await mkdtemp(join(tmpdir(), 'callable-s3-'));
  const [objects, sidecar, bucket] = [join(root, 'objects'), join(root, 'sidecar'), 'blobs'];
  const directory = join(objects, bucket);
  await mkdir(directory, { recursive: true });
  await mkdir(sidecar);
  const port = await freePort();
  const credentials = { accessKeyId: 'test-access', secretAccessKey: 'test-secret' };
  const address = `127.0.0.1:${port}`;
  const server = spawn(program, ['--port', address, '--quiet', 'posix', '--sidecar', sidecar, objects], {
    env: { ROOT_ACCESS_KEY_ID: credentials.accessKeyId, ROOT_SECRET_ACCESS_KEY: credentials.secretAccessKey },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(server, 'exit');
  await Promise.race([
    untilAnswering(port),
    ended.then(([code]) => Promise.reject(new Error(`The S3 server ended with ${code}.`))),
  ]);
  return {
    settings: { endpoint: `http://${address}`, bucket, region: 'us-east-1', credentials },
    directory,
    async [Symbol.asyncDispose]() {
      server.kill('SIGKILL');
      await ended;
      await rm(root, { recursive: true, force: true });
    },
  };
}
