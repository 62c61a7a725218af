import { ownMember, type UsageView } from '@callable/protocol';
import { checked, type Finding, failed, undecided } from '../verify/finding.ts';

type Compared = Omit<UsageView, 'asOf' | 'formula' | 'costToForge' | 'name'>;

/** What probes cannot move: the rest a hub may blame on them until their keys are in the log. */
const withoutProbes = /^(claimed|failed|cut|excluded\.(keyless|repeated|strangers|convicted|own|delegates))$/;

/**
 * Whether the hub says what the files say, number by number. attack: a hub that names probes for what it altered proves
 * nothing by it, and is only believed as far as its own sum goes: evidenced and probes are what callers signed.
 */
export function compareFigures(ours: Compared, theirs: Compared): Finding {
  const what = "the hub's figures";
  const { probes } = theirs.excluded;
  const differences = listDifferences(byDate(ours), byDate(theirs));
  if (differences.length === 0) return checked(what, 'Equal to the last unit.');
  const detail = differences.map(({ name, our, their }) => `${name} is ${our}, the hub says ${their}`).join('; ');
  const isSum = ours.evidenced === theirs.evidenced + probes;
  const isByProbes = probes > 0 && isSum && !differences.some(({ name }) => withoutProbes.test(name));
  return isByProbes
    ? undecided(
        what,
        `The hub leaves out ${probes} calls as its own probes, whose keys are not in this log. ${detail}.`,
      )
    : failed(what, `${detail}.`);
}

/** Days by their date: one that only one of them has is named, and does not shift the others. */
const byDate = ({ days, ...rest }: Compared) => ({
  ...rest,
  days: Object.fromEntries(days.map((one) => [new Date(one.day).toISOString().slice(0, 10), one])),
});

type Difference = { name: string; our: unknown; their: unknown };

function listDifferences(ours: unknown, theirs: unknown, name = ''): Difference[] {
  if (!isObject(ours) || !isObject(theirs))
    return ours === theirs ? [] : [{ name, our: ours ?? 'none', their: theirs ?? 'none' }];
  const keys = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])];
  return keys.flatMap((key) =>
    listDifferences(ownMember(ours, key), ownMember(theirs, key), name === '' ? key : `${name}.${key}`),
  );
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
