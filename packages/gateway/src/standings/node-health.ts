/** How one node has fared here. Times in milliseconds, by the clock of whoever calls. */
export type NodeHealth = {
  /** Incidents in a row, of a node that gets calls. */
  failures: number;
  /** Ejections in a row. */
  ejections: number;
  outSince: number;
  outUntil: number;
  /** `due`: the next call decides. `running`: that call is under way, and all others go elsewhere. */
  trial: 'none' | 'due' | 'running';
  /** Trials before the time was over, because the node came back with a new link. */
  earlyTrials: number;
  /** Farewells in a row with calls under way, or crossing. */
  farewells: number;
  /** Nothing is heard of it, though it was knocked at. */
  silent: boolean;
  lies: number;
  lieUntil: number;
};

/** `trial` takes one call; `failed` and `lied` take none. */
export type HealthState = 'good' | 'trial' | 'failed' | 'lied';

const failuresInARow = 5;
const firstEjectionMs = 10_000;
const longestEjectionMs = 300_000;
/** attack: each new link draws a call, and dialling again is free. Beyond these the ejection has to pass. */
const mostEarlyTrials = 2;
/** attack: calls taken and dropped with a farewell each time. An honest node answers some in between. */
const freeFarewells = 3;

export const freshHealth = (): NodeHealth => ({
  ...{ failures: 0, ejections: 0, outSince: 0, outUntil: 0, trial: 'none', earlyTrials: 0, farewells: 0 },
  ...{ silent: false, lies: 0, lieUntil: 0 },
});

export function healthState(health: NodeHealth, now: number): HealthState {
  if (now < health.lieUntil) return 'lied';
  if (health.silent || now < health.outUntil || health.trial === 'running') return 'failed';
  return health.trial === 'due' ? 'trial' : 'good';
}

/** An answer to a call that began at `began`: a node on trial is taken back in full by one that began on trial. */
export function noteAnswer(health: NodeHealth, began: number, now: number): void {
  if (now < health.lieUntil) return;
  if (health.trial !== 'none' && began < health.outSince) return;
  Object.assign(health, { failures: 0, ejections: 0, outUntil: 0, trial: 'none', earlyTrials: 0, farewells: 0 });
}

/** One incident. What is out already gets nothing added: calls that broke at one moment are one event. */
export function noteIncident(health: NodeHealth, now: number): void {
  if (now < Math.max(health.outUntil, health.lieUntil) || health.trial === 'due') return;
  health.failures++;
  if (health.trial === 'running' || health.failures >= failuresInARow) ejectForFailures(health, now);
}

/** The link broke, or fell silent: one incident, and the next call is a trial. */
export function noteLoss(health: NodeHealth, now: number): void {
  noteIncident(health, now);
  if (health.trial !== 'none') return;
  health.trial = 'due';
  health.outSince = now;
}

/** A polite end leaves no mark, as long as answers come between one and the next. */
export function noteFarewell(health: NodeHealth, now: number): void {
  health.farewells++;
  if (health.farewells > freeFarewells) noteLoss(health, now);
}

/** The node has come back with a new link: it is tried at once, by one call. */
export function noteLink(health: NodeHealth, now: number): void {
  health.silent = false;
  if (now >= health.outUntil || health.earlyTrials >= mostEarlyTrials) return;
  health.earlyTrials++;
  health.outUntil = now;
}

/** Out at once. No answer shortens it, and no new link does; each further lie is longer. */
export function noteLie(health: NodeHealth, now: number): void {
  health.lieUntil = now + Math.min(firstEjectionMs * 2 ** health.lies, longestEjectionMs);
  health.lies++;
  health.trial = 'due';
  health.outSince = now;
}

function ejectForFailures(health: NodeHealth, now: number): void {
  health.outSince = now;
  health.outUntil = now + Math.min(firstEjectionMs * 2 ** health.ejections, longestEjectionMs);
  health.ejections++;
  health.failures = 0;
  health.trial = 'due';
}
