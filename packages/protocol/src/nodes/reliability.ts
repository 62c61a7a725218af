import type { Policy } from '../policy/policy.ts';
import type { NodeState } from './node-state.ts';

/** How reliable a node's answers are, from audits alone. */
export type Reliability = {
  /** With 95 % confidence at least this share of its answers is right; 0 to 1. */
  atLeast: number;
  /** On how many audits it rests. Without them `atLeast` is near nothing, which is what is known. */
  audits: number;
};

/** The 5 % quantile of Beta(1 + passed, 1 + failed), where an audit weighs half after each half-life. */
export function reliabilityAt(state: NodeState, now: number, policy: Policy): Reliability {
  if (state.convicted) return { atLeast: 0, audits: state.audits.count };
  const weight = decay(now - state.audits.at, policy);
  const { passed, failed, count } = state.audits;
  return { atLeast: betaQuantile(0.05, 1 + passed * weight, 1 + failed * weight), audits: count };
}

/** What one audit weighs after a time in milliseconds. */
export function decay(ageMs: number, policy: Policy): number {
  return 2 ** (-Math.max(0, ageMs) / (policy.reliability.halfLifeSeconds * 1000));
}

/** Bisection: the distribution function only grows, and 50 halvings are more than a double can tell apart. */
export function betaQuantile(share: number, a: number, b: number): number {
  let low = 0;
  let high = 1;
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (betaDistribution(middle, a, b) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The regularised incomplete beta function, by its continued fraction (DLMF 8.17.22, evaluated by Lentz). */
function betaDistribution(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - betaDistribution(1 - x, b, a);
  const front = Math.exp(a * Math.log(x) + b * Math.log(1 - x) - logBeta(a, b)) / a;
  return front * continuedFraction(x, a, b);
}

function continuedFraction(x: number, a: number, b: number): number {
  const away = (value: number) => (Math.abs(value) < 1e-300 ? 1e-300 : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m < 1000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    for (const term of [even, odd]) {
      d = 1 / away(1 + term * d);
      c = away(1 + term / c);
      value *= c * d;
    }
    if (Math.abs(c * d - 1) < 1e-14) break;
  }
  return value;
}

const logBeta = (a: number, b: number) => logGamma(a) + logGamma(b) - logGamma(a + b);

/** Lanczos' approximation, g = 7, nine terms: 15 digits for positive numbers. */
function logGamma(x: number): number {
  const [first = 0, ...rest] = lanczos;
  const shifted = x - 1;
  const sum = rest.reduce((total, coefficient, index) => total + coefficient / (shifted + index + 1), first);
  const t = shifted + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(t) - t + Math.log(sum);
}

const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];
