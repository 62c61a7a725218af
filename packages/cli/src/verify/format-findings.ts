import type { Condition } from '@callable/protocol';
import type { CliContext } from '../context/cli-context.ts';
import { cleanText } from '../terminal/clean-text.ts';
import { formatConditions } from '../terminal/format-conditions.ts';
import { type Colour, paint } from '../terminal/paint.ts';
import type { Finding } from './finding.ts';

const marks: Record<Finding['outcome'], { mark: string; colour: Colour }> = {
  checked: { mark: '✓', colour: 'green' },
  failed: { mark: '✗', colour: 'red' },
  unchecked: { mark: '-', colour: 'yellow' },
};

/** Not proved: nothing that was looked at failed, but the means to look at what matters are missing. */
export type Verdict = 'holds' | 'failed' | 'not proved';

export type Verification = {
  name: string;
  origin: string;
  size: number;
  findings: readonly Finding[];
  conditions: readonly Condition[];
  verdict: Verdict;
};

/** A verification as a person reads it: each finding, then what follows from the entries. */
export function formatFindings(
  { name, origin, size, findings, conditions, verdict }: Verification,
  { out, clock }: Pick<CliContext, 'out' | 'clock'>,
): string[] {
  const failures = findings.filter(({ outcome }) => outcome === 'failed').length;
  const open = findings.filter(({ outcome }) => outcome === 'unchecked').length;
  const missing = findings.find(({ decisive }) => decisive);
  return [
    ...(verdict === 'not proved' && missing
      ? [paint(out, 'yellow', cleanText(`Not proved: ${missing.what} not checked. ${missing.detail}`, 1000))]
      : []),
    `${paint(out, 'bold', cleanText(name))}`,
    paint(out, 'dim', cleanText(`log ${origin}, ${size} entries`)),
    ...findings.map(({ outcome, what, detail }) => {
      const { mark, colour } = marks[outcome];
      const label = outcome === 'unchecked' ? 'not checked: ' : '';
      return `  ${paint(out, colour, `${mark} ${cleanText(what)}`)}  ${label}${cleanText(detail, 1000)}`;
    }),
    ...(conditions.length > 0 ? ['What follows from the entries:', ...formatConditions(conditions, out, clock())] : []),
    verdict === 'failed'
      ? `${failures} of ${findings.length} points failed: do not rely on it.`
      : `${verdict === 'holds' ? '' : 'Not proved. '}Nothing that was checked failed${open > 0 ? `; ${open} ${open === 1 ? 'point was' : 'points were'} not checked` : ''}.`,
  ];
}
