import { open } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { type Finding, inspectModel, type ModelSummary } from '@callable/formats';
import { findReason } from '@callable/protocol';
import type { CachedRelease } from '../cache/cached-release.ts';

export type Inspection =
  | { ok: true; summary: ModelSummary }
  | { ok: false; reason: string; message: string; findings: readonly Finding[] };

/**
 * Judges the model by its bytes before any native code reads them: external data may only name files of this
 * release, and nothing the runtime is known to die of may stand in it.
 */
export async function inspectRelease({ manifest, directory }: CachedRelease, signal: AbortSignal): Promise<Inspection> {
  const folder = posix.dirname(manifest.entry);
  const files = manifest.files
    .filter((file) => file.path !== manifest.entry && (folder === '.' || file.path.startsWith(`${folder}/`)))
    .map((file) => ({ path: posix.relative(folder, file.path), size: file.size }));
  const handle = await open(join(directory, manifest.entry), 'r');
  try {
    const { size } = await handle.stat();
    const read = async (offset: number, length: number) => {
      const bytes = new Uint8Array(length);
      const { bytesRead } = await handle.read(bytes, 0, length, offset);
      if (bytesRead !== length) throw new Error(`${manifest.entry} has changed while it was read.`);
      return bytes;
    };
    const verdict = await inspectModel({ size, read }, { files, signal });
    if (verdict.ok) return verdict;
    const reason = findReason(verdict.reason) ? verdict.reason : 'LoadFailed';
    return { ok: false, reason, message: verdict.message, findings: verdict.findings };
  } finally {
    await handle.close();
  }
}
