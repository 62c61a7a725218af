/** Whom a call stands for. */
export type CallParties = { publisher: string; release: string; network: string; key: string };

/** The names of the groups a call belongs to. */
export type CallGroups = {
  /** All calls of its network, whatever they call. */
  network: string;
  /** Each within the one before: the publisher of its release, the release, its network, its key. */
  within: readonly string[];
};

export const callGroups = ({ publisher, release, network, key }: CallParties): CallGroups => ({
  network: `network ${network}`,
  within: [
    publisher,
    `${publisher} ${release}`,
    `${publisher} ${release} ${network}`,
    `${publisher} ${release} ${network} ${key}`,
  ],
});
