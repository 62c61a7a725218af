import { findReason, type ReasonCode } from '@callable/protocol';
import { describeMismatch } from '../describe-mismatch.ts';
import type { Format } from '../format.ts';
import { inspectModel } from './inspect/inspect-model.ts';
import { sniffForeign } from './inspect/sniff-foreign.ts';
import { rewriteOnnx } from './rewrite/rewrite-onnx.ts';
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
  rewrite: rewriteOnnx,
  run: 'native',
  adjudicate: 'wasm',
  checks: { seeded: true, extremes: true },
};
