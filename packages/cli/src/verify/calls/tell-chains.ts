import { zeroBytes32 } from '@callable/protocol';
import { checked, type Finding, failed, unchecked } from '../finding.ts';
import type { Link, Session, Sessions } from './open-sessions.ts';

type Trouble = { kind: 'fork' | 'broken' | 'gap' | 'twice'; text: string };

const words = {
  fork: ['forks', 'headers that their node signed over numbers it had used'],
  broken: ['chains', 'headers that name another header before them than the one that is there'],
  twice: ['repeated', 'headers that stand in the log twice, so that their calls count twice'],
  gap: ['gaps', 'runs of numbers that stand nowhere: the node, a gateway or the hub left them out, or lost them'],
} as const;

/**
 * What the sessions say. Forks and broken chains are proof against a node, for its signature stands over both headers; who left
 * out what is missing no signature says, so gaps are named and fail nothing. Of a session that ended no one knows the last number.
 */
export function tellChains(sessions: Sessions, mostNamed: number): Finding[] {
  const nodes = new Set<string>();
  const troubles: Trouble[] = [];
  let count = 0;
  for (const one of sessions.list()) {
    nodes.add(one.node);
    count += 1;
    troubles.push(...walk(one));
  }
  const of = (kind: Trouble['kind']): Finding[] => {
    const found = troubles.filter((trouble) => trouble.kind === kind);
    if (found.length === 0) return [];
    const named = found.slice(0, mostNamed).map(({ text }) => text);
    const more = found.length > named.length ? ` (and ${found.length - named.length} more)` : '';
    const [what, says] = words[kind];
    return [(kind === 'gap' ? unchecked : failed)(what, `${found.length} ${says}: ${named.join('; ')}${more}.`)];
  };
  const gaps = troubles.filter(({ kind }) => kind === 'gap').length;
  const sum = `${count} sessions of ${nodes.size} nodes, ${gaps} gaps`;
  return [
    ...(troubles.every(({ kind }) => kind === 'gap')
      ? [checked('sessions', `${sum}: no number was given twice, and every chain that is here holds.`)]
      : []),
    ...[of('fork'), of('broken'), of('twice'), of('gap')].flat(),
  ];
}

/** In the order of the numbers; of those that overlap the one that reaches farthest is what the next must follow. */
function* walk({ node, session, links }: Session): Generator<Trouble> {
  const at = `node ${node}, session ${session}`;
  const name = ({ first, count, entry }: Link) => `${first} to ${first + count - 1} (entry ${entry})`;
  const sorted = [...links].sort((a, b) => a.first - b.first || a.count - b.count);
  let before: Link = { first: 0, count: 0, id: zeroBytes32, previous: '', entry: 0 };
  for (const link of sorted) {
    const end = before.first + before.count;
    if (link.id === before.id) yield { kind: 'twice', text: `${at}: ${name(link)}, again in entry ${before.entry}` };
    else if (link.first < end) yield { kind: 'fork', text: `${at}: ${name(before)} and ${name(link)}` };
    else if (link.first > end) yield { kind: 'gap', text: `${at}: ${end} to ${link.first - 1}` };
    else if (link.previous !== before.id) yield { kind: 'broken', text: `${at}: ${name(link)}` };
    if (link.first + link.count > end) before = link;
  }
}
