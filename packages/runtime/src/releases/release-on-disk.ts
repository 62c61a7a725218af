import type { Manifest } from '@callable/protocol';

/** A release whose every file lies in a directory of its own, under its own path, and nothing else beside them. */
export type ReleaseOnDisk = { readonly digest: string; readonly manifest: Manifest; readonly directory: string };
