/** The statements are not those this hub has signed for: signing on would show a second history. */
export class ContradictionError extends Error {}
