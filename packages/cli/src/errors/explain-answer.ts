/** What to do about an answer that something else than a hub gave, by its status; null where its reason says enough. */
export function explainAnswer(answer: { status: number; to?: string | undefined } | undefined): string | null {
  if (answer === undefined) return null;
  const { status, to } = answer;
  if (status >= 300 && status < 400)
    return `Use the address it sends to${to === undefined ? '' : ` (${to})`}: requests are signed for one.`;
  if (status >= 500 && !final.has(status))
    return 'A proxy answers, but not the hub behind it: check that the hub runs; run the same command again.';
  if (awaited.has(status)) return null;
  const what = byStatus[status];
  return what === undefined ? `Check the address (--hub). ${whoRunsIt}` : `${what} ${whoRunsIt}`;
}

const whoRunsIt = 'Whoever runs the proxy finds the settings in docs/operations.md, "Behind a proxy".';
const methods = 'Let it pass PUT, POST and DELETE.';
const login = 'Let it pass requests to the hub without a login of its own: they are signed.';

const awaited: ReadonlySet<number> = new Set([408, 425, 429]);
const final: ReadonlySet<number> = new Set([501, 505, 511]);

const byStatus: Readonly<Record<number, string>> = {
  401: login,
  403: login,
  404: 'No hub is there: check the address (--hub), or let the proxy pass every path on.',
  405: methods,
  407: 'A proxy of your network wants a login: use another network.',
  413: 'Let it take bodies of 5 MiB (nginx: client_max_body_size 5m;).',
  414: 'Let it take longer addresses (nginx: large_client_header_buffers 4 32k;).',
  431: 'Let it take longer headers (nginx: large_client_header_buffers 4 32k;).',
  501: methods,
  511: 'The network wants a login first: open any page in a browser.',
};
