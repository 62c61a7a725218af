import { type FileHandle, open } from 'node:fs/promises';
import type { ByteSource } from '@callable/formats';
import { CallableError } from '@callable/protocol';
import { CliError } from '../errors/cli-error.ts';
import { fileError } from '../errors/file-error.ts';

/** A file as a source for the inspector, read in pieces: a model of many GB is judged without loading it. */
export async function openFileSource(path: string): Promise<ByteSource & AsyncDisposable> {
  const handle = await openRegular(path);
  const { size } = await handle.stat();
  return {
    size,
    async read(offset, length) {
      const buffer = Buffer.allocUnsafe(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await handle.read(buffer, filled, length - filled, offset + filled);
        if (bytesRead === 0)
          throw new CallableError('FileUnreadable', `${path} became shorter while it was read; try again.`);
        filled += bytesRead;
      }
      return buffer;
    },
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

async function openRegular(path: string): Promise<FileHandle> {
  const handle = await open(path, 'r').catch((cause: NodeJS.ErrnoException) => {
    throw fileError(path, cause);
  });
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new CliError('FileUnreadable', `${path} is neither a file nor a folder.`, 'Name the model file itself.');
}
