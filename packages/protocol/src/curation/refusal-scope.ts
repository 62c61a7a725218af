/** What a hub refuses to do with a release: show it in lists, route calls to it, hand out its bytes. */
export const refusalScopes = ['listing', 'calls', 'bytes'] as const;
export type RefusalScope = (typeof refusalScopes)[number];
