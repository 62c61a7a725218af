import type { ByteSource } from '../../bytes-source.ts';
import type { MixedWeight } from './check-determinism.ts';
import type { Findings } from './findings.ts';

/** 255 × 64 twice is the most a 16-bit sum holds: up to here every CPU computes the same (measured on four). */
const exactUpTo = 64;
/** Beyond this they are taken for 8-bit weights without a look, bytes. */
const mostRead = 512 * 2 ** 20;
const windowBytes = 2 ** 20;

/**
 * Signed 8-bit weights under unsigned activations: only where they use all 8 bits do CPUs without VNNI saturate and give
 * other answers, 23 to 39 % of the output range apart. Reads the weights that lie in the model, stops at the first that
 * is too large, and takes those it cannot read for the worst. Answers whether there are such weights.
 */
export async function checkWeights(
  source: ByteSource,
  weights: readonly MixedWeight[],
  findings: Findings,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  let budget = mostRead;
  for (const { where, raw } of weights) {
    budget -= raw?.length ?? 0;
    if (raw && budget >= 0 && (await fitsSevenBits(source, raw, signal))) continue;
    findings.add(
      'MixedSignInt8',
      where,
      'Unsigned activations meet signed 8-bit weights, which CPUs compute differently, so answers cannot be audited; quantise with 7-bit weights (reduce_range) or unsigned ones.',
    );
    return true;
  }
  return false;
}

async function fitsSevenBits(
  source: ByteSource,
  { offset, length }: { offset: number; length: number },
  signal: AbortSignal | undefined,
): Promise<boolean> {
  for (let at = 0; at < length; at += windowBytes) {
    signal?.throwIfAborted();
    const bytes = await source.read(offset + at, Math.min(windowBytes, length - at));
    // A signed byte as an unsigned one: everything between 65 and 191 is beyond ±64.
    for (const byte of bytes) if (byte > exactUpTo && byte < 256 - exactUpTo) return false;
  }
  return true;
}
