import { type FindingCode, findingCodes } from './finding-codes.ts';
import { limits } from './limits.ts';

export type Finding = {
  readonly code: FindingCode;
  readonly severity: 'refuse' | 'warn';
  /** One sentence: what is wrong and what to do about it. */
  readonly message: string;
  /** Where in the model, for example `graph.node[3] Conv`; empty where it is about the whole file. */
  readonly place: string;
};

/** Findings of one inspection; a hostile model cannot make the list long. */
export type Findings = {
  readonly list: Finding[];
  dropped: number;
  add(code: FindingCode, place: string, message: string): void;
};

export function openFindings(): Findings {
  const list: Finding[] = [];
  let refusals = 0;
  return {
    list,
    dropped: 0,
    add(code, place, message) {
      // One fault seen from many places (a limit, a type used all over) is one finding.
      if (list.some((finding) => finding.code === code && finding.place === place)) return;
      const severity = findingCodes[code].reason === null ? 'warn' : 'refuse';
      // A flood of warnings must not push out the first finding that refuses.
      const room = list.length < limits.findings || (severity === 'refuse' && refusals === 0);
      if (severity === 'refuse') refusals += 1;
      if (room) list.push({ code, severity, message, place });
      else this.dropped += 1;
    },
  };
}

/** Hostile names inside messages: short, one line, visibly quoted. */
export function quoted(name: string): string {
  const short = name.length > 80 ? `${name.slice(0, 77)}...` : name;
  return JSON.stringify(short);
}
