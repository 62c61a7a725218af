import { quoteName, showShape } from './input-problem.ts';
import { type Elements, readElements } from './read-elements.ts';
import type { Tensor } from './tensor.ts';
import { shortestFloat32 } from './write-float32.ts';

export type Tolerance = { rtol: number; atol: number };

/** An element as JSON can carry it: 64-bit integers and non-finite numbers are strings. */
export type ShownElement = number | string | boolean;

export type WorstElement = {
  name: string;
  /** Index in each dimension. */
  index: number[];
  expected: ShownElement;
  actual: ShownElement;
  /** |actual - expected|, or null where that is no finite number. */
  absolute: number | null;
};

export type ComparisonVerdict =
  | { ok: true; worst: WorstElement | null; reason: null }
  | { ok: false; worst: WorstElement | null; reason: string };

/**
 * Judges actual tensors by expected ones: |actual - expected| <= atol + rtol × |expected| for each
 * float, equality for everything else. NaN equals NaN, infinities equal those of their sign.
 * Tensors that nobody expects are not looked at. `worst` is the element that exceeds its tolerance
 * most or, if none does, the one that differs most.
 */
export function compareTensors(
  expected: readonly Tensor[],
  actual: readonly Tensor[],
  tolerance: Tolerance,
): ComparisonVerdict {
  let worst: (WorstElement & { excess: number }) | null = null;
  const byName = new Map(actual.map((tensor) => [tensor.name, tensor]));
  for (const wanted of expected) {
    const given = byName.get(wanted.name);
    const name = quoteName(wanted.name);
    if (!given) return { ok: false, worst: null, reason: `The output ${name} is missing.` };
    const misfit = describeMisfit(wanted, given);
    if (misfit) return { ok: false, worst: null, reason: `The output ${name} ${misfit}.` };
    const found = findWorst(wanted, readElements(wanted), readElements(given), tolerance);
    if (found && (worst === null || found.excess > worst.excess)) worst = found;
  }
  if (worst === null) return { ok: true, worst: null, reason: null };
  const { excess, ...element } = worst;
  if (excess <= 0) return { ok: true, worst: element, reason: null };
  const where = `${quoteName(element.name)} at ${showShape(element.index)}`;
  return {
    ok: false,
    worst: element,
    reason: `The output ${where} is ${show(element.actual)}, expected ${show(element.expected)}.`,
  };
}

function describeMisfit(expected: Tensor, actual: Tensor): string | null {
  if (expected.datatype !== actual.datatype) return `is ${actual.datatype}, expected ${expected.datatype}`;
  const [wanted, given] = [showShape(expected.shape), showShape(actual.shape)];
  return wanted === given ? null : `has shape ${given}, expected ${wanted}`;
}

/** The element furthest beyond its tolerance, or null when all are equal. */
function findWorst(
  tensor: Tensor,
  expected: Elements,
  actual: Elements,
  tolerance: Tolerance,
): (WorstElement & { excess: number }) | null {
  const isFloat = tensor.datatype.startsWith('FP');
  let at = -1;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < expected.length; i++) {
    const e = expected[i];
    const a = actual[i];
    if (e === a || (Number.isNaN(e) && Number.isNaN(a))) continue;
    const excess = isFloat ? excessOf(e as number, a as number, tolerance) : Number.POSITIVE_INFINITY;
    if (excess > most) [at, most] = [i, excess];
  }
  if (at === -1) return null;
  const [e, a] = [expected[at], actual[at]];
  const absolute = typeof e === 'number' || typeof e === 'bigint' ? Math.abs(Number(a) - Number(e)) : Number.NaN;
  return {
    name: tensor.name,
    index: indexOf(at, tensor.shape),
    expected: shown(e, tensor.datatype),
    actual: shown(a, tensor.datatype),
    absolute: Number.isFinite(absolute) ? absolute : null,
    excess: most,
  };
}

/** How far beyond its tolerance; a difference that is no finite number is beyond every tolerance. */
function excessOf(expected: number, actual: number, { rtol, atol }: Tolerance): number {
  const difference = Math.abs(actual - expected);
  return Number.isFinite(difference) ? difference - (atol + rtol * Math.abs(expected)) : Number.POSITIVE_INFINITY;
}

function indexOf(flat: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  let rest = flat;
  for (const size of [...shape].reverse()) {
    index.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return index;
}

function shown(element: Elements[number] | undefined, datatype: Tensor['datatype']): ShownElement {
  if (typeof element === 'boolean') return element;
  if (typeof element === 'number') {
    if (!Number.isFinite(element)) return String(element);
    // 0.3, not the 0.30000001192092896 of the double that holds it.
    return datatype === 'FP32' ? Math.sign(element) * Number(shortestFloat32(Math.abs(element))) : element;
  }
  const text = String(element);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

function show(element: ShownElement): string {
  return typeof element === 'string' ? quoteName(element) : String(element);
}
