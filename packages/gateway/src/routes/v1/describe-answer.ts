import type { Answer } from '../../data-plane/infer.ts';

/** What stands behind outputs, as /v1/run says it. */
export function describeAnswer({ release, digest, node, ms, receipt }: Answer) {
  const { deprecated = null } = release.notices ?? {};
  return {
    release: release.reference,
    digest,
    node,
    ms,
    receipt,
    ...(deprecated ? { deprecated: { note: deprecated.note, successor: deprecated.successor } } : {}),
  };
}
