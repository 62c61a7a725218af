/** What a key may do for the principal that named it. A log may hold words of a newer reader: they mean nothing here. */
export const scopes = ['publish', 'operate', 'call'] as const;
export type Scope = (typeof scopes)[number];
