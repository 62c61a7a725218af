/** The JSON text `{…before,"name":<bytes>,…,…after}`, with the bytes of each member in between copied in as they are. */
export function spliceJson(
  before: Record<string, unknown>,
  spliced: Record<string, Uint8Array>,
  after: Record<string, unknown>,
): Buffer {
  const [head, tail] = [before, after].map((part) => JSON.stringify(part).slice(1, -1)) as [string, string];
  const members = [
    ...(head === '' ? [] : [[Buffer.from(head)]]),
    ...Object.entries(spliced).map(([name, bytes]) => [Buffer.from(`${JSON.stringify(name)}:`), bytes]),
    ...(tail === '' ? [] : [[Buffer.from(tail)]]),
  ];
  const parts = members.flatMap((member, index) => (index === 0 ? member : [comma, ...member]));
  return Buffer.concat([opening, ...parts, closing]);
}

const [opening, comma, closing] = ['{', ',', '}'].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer];
