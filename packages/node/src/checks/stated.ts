import type { ModelSummary } from '@callable/protocol';
import type { StatedFinding } from './check-findings.ts';

/** What the inspection noticed comes first; a statement holds this many. */
const mostFindings = 32;

export function stated(inspected: ModelSummary['findings'], checked: readonly StatedFinding[] = []): StatedFinding[] {
  const shown = inspected.map(({ code, severity, message, place }) => ({
    ...{ code, severity, message: message.slice(0, 1000) },
    ...(place === '' ? {} : { place: place.slice(0, 200) }),
  }));
  // What was seen happening must not be pushed out by a publisher's many small oddities.
  return [...shown.slice(0, mostFindings - checked.length), ...checked].slice(0, mostFindings);
}
