/** One thing a verification looked at. What was not looked at is said as well: silence would read as approval. */
export type Finding = {
  outcome: 'checked' | 'failed' | 'unchecked';
  /** What was to be found out. */
  what: string;
  /** What was found, or why it was not looked at. */
  detail: string;
  /** Of what was not looked at: nothing is proved without it. */
  decisive?: true;
};

export const checked = (what: string, detail: string): Finding => ({ outcome: 'checked', what, detail });
export const failed = (what: string, detail: string): Finding => ({ outcome: 'failed', what, detail });
export const unchecked = (what: string, detail: string): Finding => ({ outcome: 'unchecked', what, detail });
export const undecided = (what: string, detail: string): Finding => ({ ...unchecked(what, detail), decisive: true });
