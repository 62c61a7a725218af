import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

const libraries: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'libonnxruntime.so.1',
  darwin: 'libonnxruntime.1.dylib',
  win32: 'onnxruntime.dll',
};

let known: Promise<string> | null = null;

/** SHA-256 of the native library that computes, as hex. Read once: 46 MB take about 40 ms. */
export function hashRuntime(): Promise<string> {
  known ??= hashLibrary();
  return known;
}

async function hashLibrary(): Promise<string> {
  const root = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  const library = libraries[process.platform];
  if (!library) throw new Error(`onnxruntime-node has no library for ${process.platform}`);
  const hash = createHash('sha256');
  await pipeline(createReadStream(join(root, 'bin', 'napi-v6', process.platform, process.arch, library)), hash);
  return hash.digest('hex');
}
