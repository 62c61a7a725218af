/** Whom a call stands for, each within the one before: the publisher of its release, the release, its network, its key. */
export type CallGroups = { publisher: string; release: string; network: string; key: string };
