/** What a key may do for the principal that named it. */
export const scopes = ['publish', 'operate'] as const;
export type Scope = (typeof scopes)[number];
