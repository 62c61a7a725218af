import { hashChunks } from '@callable/disk';
import type { ManifestFile } from '@callable/protocol';

/** A file of the release: its path there, and where its bytes lie on this machine. */
export type SourceFile = { path: string; source: string };
export type HashedSource = { entry: ManifestFile; source: string };

/** The file as its manifest names it. */
export async function hashSource({ path, source }: SourceFile, signal: AbortSignal): Promise<HashedSource> {
  return { entry: { path, ...(await hashChunks(source, signal)) }, source };
}
