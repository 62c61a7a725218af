import type { Answer } from '../../data-plane/infer.ts';

/** What stands behind outputs, as /v1/run says it. */
export function describeAnswer({ release, digest, node, ms, receipt, standing, confirmedBy }: Answer) {
  const { deprecated = null } = release.notices ?? {};
  return {
    release: release.reference,
    digest,
    node,
    ms,
    receipt,
    standing,
    ...(confirmedBy === null ? {} : { confirmedBy }),
    ...(deprecated ? { deprecated: { note: deprecated.note, successor: deprecated.successor } } : {}),
  };
}
