/** Counts up when the fold of the same log comes out otherwise, or its state has other fields: all is folded anew. */
export const foldVersion = 6;
