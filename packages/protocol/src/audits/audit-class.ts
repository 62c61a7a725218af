/** What an auditor can expect of a release's answers: nothing, the same within a tolerance, the same bytes on wasm. */
export type AuditClass = 0 | 1 | 2;

export type Calibration = {
  /** Random operators, unsigned with signed 8-bit kernels, or two runs that gave two answers. */
  reproducible: boolean;
  /** Whether the pinned wasm runtime answered. */
  adjudicated: boolean;
  /** Largest share by which native answers left those of wasm; null or Infinity where that is no number. */
  spread: number | null;
};

/** The strictest tolerance of an audit: below it, rounding alone makes honest nodes differ. */
const leastTolerance = 2e-5;
/** The loosest: the cheapest cheat that was measured lies 2.7e-4 away, and a fraud is five tolerances. */
const mostTolerance = 5e-5;
/** Nodes that were not measured lie further apart than those that were. */
const margin = 10;

/**
 * The class of a release and the tolerance of its audits, as a share of the largest value of an output: ten times the
 * spread that was measured, and at least 2e-5. Beyond 5e-5 only the bytes of the pinned wasm runtime prove anything.
 */
export function classifyAudit({ reproducible, adjudicated, spread }: Calibration): {
  auditClass: AuditClass;
  /** Null for a class without a tolerance. */
  rtolInf: number | null;
} {
  if (!reproducible || (!adjudicated && spread === null)) return { auditClass: 0, rtolInf: null };
  if (spread !== null && margin * spread <= mostTolerance)
    return { auditClass: 1, rtolInf: Math.max(leastTolerance, margin * spread) };
  return { auditClass: adjudicated ? 2 : 0, rtolInf: null };
}
