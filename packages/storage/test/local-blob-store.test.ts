import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, open, readdir, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { LocalBlobStore, verifyBlob } from '../src/index.ts';
import { createDirectory, describeBlobStore, piecesOf, readAll, sha256 } from './describe-blob-store.ts';

describeBlobStore('LocalBlobStore', async () => {
  const directory = await createDirectory();
  return {
    store: new LocalBlobStore(directory.path),
    damage: (id, bytes) => writeFile(join(directory.path, id.slice(0, 2), id), bytes),
    leftovers: () => readdir(join(directory.path, 'incoming')).catch(() => []),
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
});

const run = promisify(execFile);
const writer = fileURLToPath(new URL('./write-blob.mjs', import.meta.url));

describe('LocalBlobStore on its disk', () => {
  const bytes = randomBytes(100_000);
  const id = sha256(bytes);

  it('two processes storing the same blob at once both succeed, and it is whole', async () => {
    await using directory = await createDirectory();
    await Promise.all([1, 2, 3].map(() => run(process.execPath, [writer, directory.path, '8000000'])));
    const whole = Buffer.alloc(8_000_000, 7);
    expect(await verifyBlob(new LocalBlobStore(directory.path), sha256(whole), whole.length)).toEqual({ ok: true });
    expect(await readdir(join(directory.path, 'incoming'))).toEqual([]);
  });

  it('a process killed while it writes leaves nothing visible, and the rest is swept when it is old', async () => {
    await using directory = await createDirectory();
    const child = spawn(process.execPath, [writer, directory.path, '8000000', 'stall'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const incoming = join(directory.path, 'incoming');
    const [left] = await readdir(incoming);
    expect(left).toBeDefined();
    expect((await readdir(directory.path)).filter((name) => name !== 'incoming')).toEqual([]);

    // Fresh, it may be another process that is still writing.
    await new LocalBlobStore(directory.path).put(id, bytes.length, piecesOf(bytes));
    expect(await readdir(incoming)).toEqual([left]);
    const longAgo = new Date(Date.now() - 2 * 3600_000);
    await utimes(join(incoming, left ?? ''), longAgo, longAgo);
    const later = randomBytes(10);
    await new LocalBlobStore(directory.path).put(sha256(later), 10, piecesOf(later));
    expect(await readdir(incoming)).toEqual([]);
  });

  it('a link planted under the name of a blob is not read as one', async () => {
    await using directory = await createDirectory();
    const store = new LocalBlobStore(directory.path);
    const secret = join(directory.path, 'secret');
    await writeFile(secret, bytes);
    await mkdir(join(directory.path, id.slice(0, 2)));
    await symlink(secret, join(directory.path, id.slice(0, 2), id));
    expect(await store.stat(id)).toBeNull();
    expect(await store.read(id)).toBeNull();
    await store.put(id, bytes.length, piecesOf(bytes));
    expect(await readAll(store, id)).toEqual(bytes);
  });

  it('a link, a directory or a pipe handed over as a file is refused, without following or waiting', async () => {
    await using directory = await createDirectory();
    const store = new LocalBlobStore(join(directory.path, 'store'));
    const at = (name: string) => join(directory.path, name);
    await writeFile(at('target'), bytes);
    await symlink(at('target'), at('link'));
    await mkdir(at('folder'));
    await run('mkfifo', [at('pipe')]);
    for (const name of ['link', 'folder', 'pipe'])
      await expect(store.putFile(id, bytes.length, at(name))).rejects.toMatchObject({ code: 'UploadMismatch' });
    expect(await store.stat(id)).toBeNull();
  });

  it('reading nothing of a blob leaves no file open', async () => {
    await using directory = await createDirectory();
    const store = new LocalBlobStore(directory.path);
    await store.put(id, bytes.length, piecesOf(bytes));
    const openFiles = async () => (await readdir('/proc/self/fd')).length;
    const before = await openFiles();
    for (let i = 0; i < 50; i++) await store.read(id);
    const bytesRead = await store.read(id);
    for await (const _ of bytesRead ?? []) break;
    expect(await openFiles()).toBeLessThan(before + 5);
  });

  it.runIf(process.getuid?.() === 0)(
    'a disk that is full is DiskFull, leaves nothing behind and works again',
    async () => {
      await using directory = await createDirectory();
      await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory.path]);
      try {
        const store = new LocalBlobStore(directory.path);
        const large = randomBytes(2_000_000);
        await expect(store.put(sha256(large), large.length, piecesOf(large))).rejects.toMatchObject({
          code: 'DiskFull',
          status: 507,
        });
        expect(await readdir(join(directory.path, 'incoming'))).toEqual([]);
        await store.put(id, bytes.length, piecesOf(bytes));
        expect(await readAll(store, id)).toEqual(bytes);
      } finally {
        await run('umount', [directory.path]);
      }
    },
  );

  it.runIf(process.getuid?.() === 0)('takes a file over from another file system', async () => {
    await using directory = await createDirectory();
    await using other = await createDirectory();
    await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', other.path]);
    try {
      const path = join(other.path, 'file');
      await writeFile(path, bytes);
      const store = new LocalBlobStore(directory.path);
      await store.putFile(id, bytes.length, path);
      expect(await readAll(store, id)).toEqual(bytes);
      await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
    } finally {
      await run('umount', [other.path]);
    }
  });

  it('a blob dropped as damaged while somebody stores it anew ends good or gone, never damaged', async () => {
    await using directory = await createDirectory();
    const store = new LocalBlobStore(directory.path);
    for (let round = 0; round < 20; round++) {
      await mkdir(join(directory.path, id.slice(0, 2)), { recursive: true });
      await writeFile(join(directory.path, id.slice(0, 2), id), 'damaged');
      await Promise.all([
        store.discardDamaged(id),
        store.discardDamaged(id),
        store.put(id, bytes.length, piecesOf(bytes)),
      ]);
      if (await store.stat(id)) expect(await verifyBlob(store, id, bytes.length)).toEqual({ ok: true });
    }
  });

  it('what a handle opened before writes after the hand-over is the reason why nobody may keep one', async () => {
    // Documents the clause of `putFile` that uploads have to hold: see "receive-chunk" in the hub.
    await using directory = await createDirectory();
    const store = new LocalBlobStore(join(directory.path, 'store'));
    const path = join(directory.path, 'file');
    await writeFile(path, bytes);
    const handle = await open(path, 'r+');
    try {
      await store.putFile(id, bytes.length, path);
      await handle.write('x', 0);
    } finally {
      await handle.close();
    }
    expect(await verifyBlob(store, id, bytes.length)).toMatchObject({ ok: false, damaged: true });
  });
});
