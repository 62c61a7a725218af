import { type Address, auditTermsOf, type ReleaseState, type Round, type VerificationView } from '@callable/protocol';

const classes = ['none', 'tolerance', 'exact'] as const;

/** Who was drawn to check a release, and what those said who have. Null until a panel was drawn. */
export function viewVerification({ panel, reports }: ReleaseState): VerificationView | null {
  if (!panel) return null;
  // Words of earlier rounds are kept for another draw of their nodes: they are none of these.
  const said = Object.entries(reports)
    .map(([node, report]) => ({ node: node as Address, ...report }))
    .filter(({ node }) => panel.validators.includes(node));
  // What newcomers noticed is theirs to say and nobody else's to believe.
  const bySeeds = said.filter(({ node }) => panel.round?.seeds.includes(node));
  const heard = bySeeds.length > 0 ? bySeeds : said;
  const good = heard.filter(({ ok }) => ok);
  const counted = new Map<string, { code: string; severity: string; reports: number }>();
  for (const { code, severity } of heard.flatMap(({ findings }) => findings)) {
    const key = `${severity} ${code}`;
    counted.set(key, { code, severity, reports: (counted.get(key)?.reports ?? 0) + 1 });
  }
  // The weakest that any of them could promise.
  const auditClass = good.length > 0 ? Math.min(...good.map((report) => report.auditClass)) : 0;
  const terms = auditTermsOf({ panel, reports });
  return {
    drawn: panel.validators.length,
    quorum: panel.quorum,
    epoch: panel.epoch,
    own: panel.own.length,
    auditClass: classes[auditClass] ?? 'none',
    tolerance: terms.auditClass === 1 ? terms.tolerance : null,
    findings: [...counted.values()],
    ...(panel.round ? { open: panel.round.open, recomputations: viewRecomputations(panel.round) } : {}),
    reports: said.map(({ node, ok, reason, message, runtime, at, statement, round }) => ({
      node,
      ...(panel.round && round === panel.round.id ? viewWord(panel.round, node) : {}),
      ok,
      reason,
      message,
      runtime,
      at: new Date(at).toISOString(),
      statement,
    })),
  };
}

const viewWord = (round: Round, node: Address) => ({
  standing: round.seeds.includes(node)
    ? ('seed' as const)
    : round.standing.includes(node)
      ? ('standing' as const)
      : ('newcomer' as const),
  mark: round.marks[node]?.mark ?? null,
});

const viewRecomputations = ({ recomputed }: Round) =>
  Object.entries(recomputed).map(([node, { ok, reason, message, at, statement }]) => ({
    ...{ node: node as Address, ok, reason, message, statement },
    at: new Date(at).toISOString(),
  }));
