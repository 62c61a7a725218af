import { findReason, type ReasonCode } from '@callable/protocol';
import { describeMismatch } from '../describe-mismatch.ts';
import type { Format, Rewrite } from '../format.ts';
import { inspectModel } from './inspect/inspect-model.ts';
import { sniffForeign } from './inspect/sniff-foreign.ts';
import { rewriteZipMap } from './rewrite/rewrite-zip-map.ts';
import { summarise } from './summarise.ts';

/** ONNX: a protobuf without a magic number, so that whatever is nothing else may be it. */
export const onnxFormat: Format = {
  name: 'onnx',
  extension: '.onnx',
  entryPath: 'model.onnx',
  takes: (head) => (sniffForeign(head) === null ? 'maybe' : 'no'),
  async inspect(source, options) {
    const verdict = await inspectModel(source, options);
    if (verdict.ok) return { ok: true, summary: summarise(verdict.summary) };
    const { reason, message, findings } = verdict;
    // The inspection tells more kinds of broken files apart than the table of reasons does.
    return { ok: false, reason: findReason(reason) ? (reason as ReasonCode) : 'LoadFailed', message, findings };
  },
  describeMismatch,
  rewrite,
  run: 'native',
  adjudicate: 'wasm',
  checks: { seeded: true, extremes: true },
};

function rewrite(bytes: Uint8Array): Rewrite {
  const rewritten = rewriteZipMap(bytes);
  if (!rewritten.changed) return rewritten;
  const { notice, labels, output } = rewritten;
  return { changed: true, bytes: rewritten.bytes, notice, labels: labels ? { [output]: labels } : {} };
}
