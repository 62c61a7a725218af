/** Where an answer came from and as what, for a message: the page of a proxy is known by its type. */
export const describeAnswer = (from: string, { status, headers }: Response) =>
  `${from} (${status} ${headers.get('content-type')?.slice(0, 80)})`;
