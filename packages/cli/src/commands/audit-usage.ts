import {
  dayMs,
  dayOf,
  emptyNetworkState,
  emptySums,
  mergeDays,
  parseAddress,
  priceFigure,
  reduceNetwork,
  type UsageView,
  usageFormula,
} from '@callable/protocol';
import { getUsage, type UsageOf } from '@callable/sdk';
import { type Command, type Given, sharedOptions } from '../arguments/command.ts';
import { parseWholeNumber } from '../arguments/parse-whole-number.ts';
import { type AuditSubject, chooseSubject, keyOf, subjectsOfRow } from '../audit/choose-subject.ts';
import { Said } from '../audit/collect-said.ts';
import { compareFigures } from '../audit/compare-figures.ts';
import { type CountedFiles, countFiles } from '../audit/count-files.ts';
import { factsOfLog } from '../audit/facts-of-log.ts';
import { type Figured, figureSubjects } from '../audit/figure-subjects.ts';
import { FirstDays } from '../audit/first-days.ts';
import { openSpill, type SpilledRow } from '../audit/spill-rows.ts';
import type { CliContext } from '../context/cli-context.ts';
import { CliError, exitCodes, usageError } from '../errors/cli-error.ts';
import { connectHub } from '../keys/connect-hub.ts';
import { openTempDir } from '../models/open-temp-dir.ts';
import { formatJson } from '../terminal/format-json.ts';
import { formatUsage } from '../usage/format-usage.ts';
import { checked, type Finding, failed, unchecked, undecided } from '../verify/finding.ts';
import { formatFindings } from '../verify/format-findings.ts';
import { openLogSource } from '../verify/open-log-source.ts';
import { readLog } from '../verify/read-log.ts';

export const auditUsageCommand: Command = {
  name: 'audit usage',
  positionals: ['DIRECTORY', '[RELEASE|ADDRESS]'],
  summary: 'Computes figures of usage from a copy of the log, believing nobody.',
  details:
    'Makes the figures of a release, a node, a publisher or (of none of them) the network from a copy that callable log copy made, with the hub off. With --hub the figure of that hub is asked for, computed as of the same entries, and compared number by number. Every entry, that each file leads to its entry and that gateways signed their reports is checked; receipts and signatures in the segments that --sample draws. callable verify calls checks all of them, and the sessions. Ends with 0 when nothing failed, 1 when something did, and 4 when files are missing or numbers rest on probes that only the hub knows.',
  options: {
    node: { help: 'the address is meant as a node' },
    publisher: { help: 'the address or handle is meant as a publisher' },
    all: { help: 'every release, publisher and node, and the network' },
    days: { value: 'N', help: 'the last day and the days before it, UTC (7)' },
    at: { value: 'SIZE', help: 'as of so many entries of the log, and the files beside them' },
    sample: { value: 'N', help: 'look at receipts and signatures in one of N segments (100); 1 all, 0 none' },
    vkey: { value: 'VKEY', help: 'the verifier key of the log, from somewhere you trust' },
    hub: { value: 'URL', help: 'a hub whose figure is compared' },
    json: sharedOptions.json,
  },
  examples: [
    'callable audit usage ./log-copy acme/iris',
    'callable audit usage ./log-copy --hub https://hub.example --days 28',
    'callable audit usage ./log-copy --all --json',
  ],
  async run(context, given) {
    const asked = readAsked(given);
    const source = await openLogSource(context, { log: given.positionals[0], hub: '' });
    const theirs = asked.hub === undefined ? null : await askHub(context, asked, asked.hub);
    const size = theirs?.asOf.size ?? asked.at ?? Number.POSITIVE_INFINITY;
    const early = emptyNetworkState();
    const filedAt = new Map<number, number>();
    const said = new Said();
    const countedUpTo = theirs?.asOf.counted ?? size;
    let [index, hub] = [0, ''];
    const log = await readLog(context, source, {
      ...{ vkey: given.text('vkey'), witnesses: [] },
      onEntry(entry) {
        // Entries after `size` must not be known: a second fold stops there, and is made only where it differs.
        if (size !== Number.POSITIVE_INFINITY && index < size) reduceNetwork(early, entry);
        if (index === 0) hub = entry.statement.signer;
        if (index < countedUpTo) said.take(entry, index, hub);
        if (entry.statement.kind === 'receipts.batched') filedAt.set(index, entry.loggedAt);
        index++;
      },
    });
    if (size !== Number.POSITIVE_INFINITY && size > log.checkpoint.size)
      throw usageError(
        `The copy has ${log.checkpoint.size} entries, and the figure is as of ${size}.`,
        'Bring it up to date: callable log copy DIRECTORY',
      );
    const state = size < log.checkpoint.size ? early : log.state;
    const asOf = {
      size: Math.min(size, log.checkpoint.size),
      counted: Math.min(countedUpTo, log.checkpoint.size),
      settledUntil: said.settledUntil,
    };
    const until = theirs ? dayOf(theirs.until) : dayOf(log.newestAt);
    const from = theirs ? dayOf(theirs.from) : until - asked.days + 1;
    const findings = [...log.findings];
    const views: UsageView[] = [];
    if (findings.every(({ outcome }) => outcome !== 'failed')) {
      // What the hub answers about is compared as well: by its own choice it would be another's figure.
      const subject = asked.all ? null : chooseSubject(log, asked.name, theirs ? hubKindOf(asked) : asked.as);
      await using directory = await openTempDir(context.cwd);
      const [firstDays, spill] = [new FirstDays(), openSpill(directory.path)];
      const facts = factsOfLog(state, firstDays, said.probes());
      const subjectsOf = subjectsOfRow(facts, subject && keyOf(subject));
      const isWanted = (day: number, row: SpilledRow) => day >= from && day <= until && subjectsOf(row).length > 0;
      let saidAt = context.clock();
      const counted = await countFiles(
        log,
        source,
        { spill, firstDays, said },
        {
          ...{ counted: asOf.counted, filedAt, signal: context.signal, draw: drawOneOf(context, asked.sample) },
          isWanted,
          onFile(done, all) {
            if (!context.err.isTerminal || context.clock() - saidAt < 1_000) return;
            saidAt = context.clock();
            context.err.write(`${done} of ${all} files counted\n`);
          },
        },
      );
      for (const word of said.judge(state)) if (isWanted(word.day, { word })) spill.add(word.day, { word });
      const figured = await figureSubjects(spill, facts, subjectsOf, context.signal);
      const names = new Map([...log.names].map(([name, digest]) => [`${digest}`, name]));
      if (subject) views.push(viewOf(subject, figured.get(keyOf(subject)), { from, until, asOf }));
      else for (const [key, one] of figured) views.push(viewOf(subjectOfKey(key, names), one, { from, until, asOf }));
      findings.push(...tellFiles(counted, asked.sample));
      const [ours] = views;
      if (theirs && ours) findings.push(compareFigures(comparedOf(ours), comparedOf(theirs)));
    }
    const verdict = findings.some(({ outcome }) => outcome === 'failed')
      ? 'failed'
      : findings.some(({ decisive }) => decisive)
        ? 'not proved'
        : 'holds';
    const { origin, size: entries } = log.checkpoint;
    if (given.flag('json'))
      context.out.write(
        `${formatJson({ ok: verdict === 'holds', verdict, origin, size: entries, findings, usage: views })}\n`,
      );
    else {
      for (const view of views) context.out.write(`${formatUsage(context, view).join('\n')}\n`);
      const name = 'usage';
      context.out.write(
        `${formatFindings({ name, origin, size: entries, findings, conditions: [], verdict }, context).join('\n')}\n`,
      );
    }
    return { holds: exitCodes.done, failed: exitCodes.failed, 'not proved': exitCodes.notProved }[verdict];
  },
};

function readAsked(given: Given) {
  const [, name] = given.positionals;
  const as = given.flag('node') ? ('node' as const) : given.flag('publisher') ? ('publisher' as const) : null;
  const [at, sample] = [given.text('at'), given.text('sample')];
  const all = given.flag('all');
  const hub = given.text('hub');
  if (all && (name !== undefined || hub !== undefined))
    throw usageError('--all is of all, and is compared with no hub.', 'See: callable audit usage --help');
  if (at !== undefined && hub !== undefined)
    throw usageError('--hub says itself as of which entries its figure is.', 'Leave --at out.');
  if (as !== null && name === undefined)
    throw usageError(`--${as} needs an address.`, 'See: callable audit usage --help');
  return {
    ...{ name, as, all, hub },
    days: parseWholeNumber('days', given.text('days') ?? '7', { min: 1, max: 90 }),
    at: at === undefined ? undefined : parseWholeNumber('at', at, { min: 1, max: Number.MAX_SAFE_INTEGER }),
    sample: parseWholeNumber('sample', sample ?? '100', { min: 0, max: 1_000_000 }),
  };
}

type Asked = ReturnType<typeof readAsked>;

/** A hub is told what is meant: an address alone it would take for nothing. */
const hubKindOf = ({ name, as }: Pick<Asked, 'name' | 'as'>) =>
  as ?? (name !== undefined && parseAddress(name) ? ('node' as const) : null);

async function askHub(context: CliContext, { name, as, days }: Asked, hub: string): Promise<UsageView> {
  const of = name === undefined ? {} : { [hubKindOf({ name, as }) ?? 'release']: name };
  const view = await getUsage(connectHub(context, hub, null), of as UsageOf, { days, signal: context.signal });
  // attack: a hub that answers of one quiet day would be equal, and nothing was compared.
  if (dayOf(view.until) - dayOf(view.from) + 1 === days) return view;
  throw new CliError('AnswerInvalid', `The hub was asked for ${days} days and answers of others.`, 'Ask another hub.');
}

function subjectOfKey(key: string, names: ReadonlyMap<string, string>): AuditSubject {
  const [kind, id] = key.split(' ') as [AuditSubject['kind'], string];
  if (kind !== 'release') return { kind, id, name: null };
  return { kind, id: `sha256:${id}`, name: names.get(`sha256:${id}`) ?? null };
}

function viewOf(
  { kind, id, name }: AuditSubject,
  figured: Figured | undefined,
  { from, until, asOf }: { from: number; until: number; asOf: UsageView['asOf'] },
): UsageView {
  const { figure, days } = figured ?? { figure: mergeDays([{ day: 0, sums: emptySums(), callers: [] }]), days: [] };
  return {
    ...{ kind, id, name, from: from * dayMs, until: until * dayMs, ...figure, days, asOf },
    ...{ formula: usageFormula, costToForge: priceFigure(figure.trusted.weight) },
  };
}

const comparedOf = ({ asOf: _, formula: __, costToForge: ___, name: ____, ...figure }: UsageView) => figure;

/** By numbers nobody knows beforehand: a hub that alters one of a hundred segments is found by whoever draws it. */
function drawOneOf({ random }: Pick<CliContext, 'random'>, of: number): () => boolean {
  return () => of > 0 && new DataView(random(4).slice().buffer).getUint32(0) % of === 0;
}

function tellFiles({ files, receipts, segments, missing, faults }: CountedFiles, sample: number): Finding[] {
  const sum = `${receipts} receipts in ${files} files`;
  const lacking = [...missing].map(
    ([day, entries]) =>
      `${new Date(day * dayMs).toISOString().slice(0, 10)} lacks ${entries.length} (entries ${entries.slice(0, 10).join(', ')})`,
  );
  const drawn = `${segments.drawn} of ${segments.all} segments`;
  return [
    faults.count === 0
      ? checked('files', `${sum}: each leads to its entry, and each report is its gateway's.`)
      : failed('files', `Of ${sum}, ${faults.count} do not hold: ${faults.texts.join('; ')}.`),
    segments.drawn === segments.all
      ? checked('receipts and signatures', `Looked at in all ${segments.all} segments.`)
      : unchecked(
          'receipts and signatures',
          `${sample === 0 ? 'Not looked at' : `Looked at in ${drawn}, drawn by chance`}: callable verify calls checks all of them, or --sample 1.`,
        ),
    ...(missing.size === 0
      ? []
      : [undecided('whole files', `Figures lack what is in files that are not in the copy: ${lacking.join('; ')}.`)]),
  ];
}
