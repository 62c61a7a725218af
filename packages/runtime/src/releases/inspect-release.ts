import { open } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { type Format, type FormatTable, findFormat, unknownFormat } from '@callable/formats';
import type { ModelFinding, ModelSummary, ReasonCode } from '@callable/protocol';
import type { ReleaseOnDisk } from './release-on-disk.ts';

export type Inspection =
  | { ok: true; format: Format; summary: ModelSummary }
  | { ok: false; reason: ReasonCode; message: string; findings: readonly ModelFinding[] };

/**
 * Judges the model by its bytes before any native code reads them: it may only name files of this release, and nothing
 * a runtime is known to die of may stand in it. A release in a format that is not in the table is UnsupportedFormat.
 */
export async function inspectRelease(
  formats: FormatTable,
  { manifest, directory }: ReleaseOnDisk,
  signal: AbortSignal,
): Promise<Inspection> {
  const format = findFormat(formats, manifest.format);
  if (!format) {
    const message = unknownFormat(formats, manifest.format);
    return { ok: false, reason: 'UnsupportedFormat', message, findings: [] };
  }
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
    const verdict = await format.inspect({ size, read }, { files, signal });
    return verdict.ok ? { ok: true, format, summary: verdict.summary } : verdict;
  } finally {
    await handle.close();
  }
}
