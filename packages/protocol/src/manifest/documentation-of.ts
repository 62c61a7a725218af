import { axisNames, saysWhatItCounts } from './axis-name.ts';
import type { Manifest, Vector } from './manifest.ts';

export const documentationPoints = ['inputs', 'axes', 'licence', 'summary', 'example'] as const;
export type DocumentationPoint = (typeof documentationPoints)[number];

/**
 * How far a publisher has said what a stranger needs to know before calling. `next` is what adds the point, in a new version:
 * a published one is never changed. It says what is there, not that it is true: nobody checks a summary.
 */
export type Documentation = {
  /** Points that are there, of `of`. */
  has: number;
  of: number;
  missing: { point: DocumentationPoint; message: string; next: string }[];
};

/** The name of a vector whose inputs were made from the shapes, and which therefore shows nobody what to send. */
export const madeUpExample = 'made-up';

export function documentationOf(manifest: Manifest): Documentation {
  const missing = documentationPoints.flatMap((point) => {
    const message = lacks[point](manifest);
    return message === null ? [] : [{ point, message, next: remedies[point] }];
  });
  return { has: documentationPoints.length - missing.length, of: documentationPoints.length, missing };
}

const lacks: Record<DocumentationPoint, (manifest: Manifest) => string | null> = {
  inputs({ inputs, outputs }) {
    const silent = [
      ...inputs.filter(({ name, description }) => !isText(description, 8, name)),
      ...outputs.filter(({ name, description, labels = [] }) => labels.length === 0 && !isText(description, 8, name)),
    ];
    return silent.length === 0 ? null : `Nobody describes ${listNames(silent)}.`;
  },
  axes({ inputs, outputs }) {
    const silent = [...inputs, ...outputs].filter((spec) => {
      const names = axisNames(spec);
      return spec.shape.some((size, at) => size === -1 && !saysWhatItCounts(names[at]));
    });
    return silent.length === 0 ? null : `Nobody says what the open axes of ${listNames(silent)} count.`;
  },
  licence({ license = '' }) {
    return /^(|unknown|other|none|n\/?a|noassertion)$/i.test(license.trim())
      ? 'It has no licence, so nobody knows whether it may be used.'
      : null;
  },
  summary({ summary, name }) {
    return isText(summary, 20, name) ? null : 'No sentence says what it does.';
  },
  example({ vectors }) {
    if (vectors.length === 0) return 'It has no example.';
    return vectors.some(meansSomething) ? null : 'Its example was made up from the shapes.';
  },
};

const remedies: Record<DocumentationPoint, string> = {
  inputs: 'Write "inputs": [{ "name": "…", "description": "…" }], and "outputs" alike, into a callable.json beside it.',
  axes: 'Write "inputs": [{ "name": "…", "axes": ["batch", "…"] }], and "outputs" alike, into a callable.json beside it.',
  licence: 'callable publish FILE --version NEXT --license Apache-2.0',
  summary: 'callable publish FILE --version NEXT --summary "What it does, in a sentence."',
  example: 'callable publish FILE --version NEXT --example in.json',
};

/** More than its own name said again. */
const isText = (text: string | undefined, least: number, name: string) =>
  text !== undefined && text.trim().length >= least && text.trim().toLowerCase() !== name.toLowerCase();

/** Zeros or ones everywhere are what nobody would send. Those in a file are taken at their word: it may be 32 MB. */
function meansSomething(vector: Vector): boolean {
  if (vector.name === madeUpExample) return false;
  if ('file' in vector) return true;
  const seen = new Set<unknown>();
  const isVaried = Object.values(vector.inputs).some((value) => varies(value, seen));
  // One number, one text: as much as a model of one element takes.
  return isVaried || (seen.size === 1 && !seen.has(0) && !seen.has('')) || Object.keys(vector.inputs).length === 0;
}

function varies(value: unknown, seen: Set<unknown>): boolean {
  if (Array.isArray(value)) return value.some((one) => varies(one, seen));
  seen.add(value);
  return seen.size > 1;
}

const words = new Intl.ListFormat('en');

function listNames(tensors: readonly { name: string }[]): string {
  const shown = tensors.slice(0, 3).map(({ name }) => JSON.stringify(name));
  const more = tensors.length - shown.length;
  return words.format(more > 0 ? [...shown, `${more} more`] : shown);
}
