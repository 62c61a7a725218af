/** The JSON text `{…before,"name":<bytes>,…after}`, with the bytes copied in as they are. */
export function spliceJson(
  before: Record<string, unknown>,
  name: string,
  bytes: Uint8Array,
  after: Record<string, unknown>,
): Buffer {
  const head = JSON.stringify(before).slice(0, -1);
  const tail = JSON.stringify(after).slice(1);
  return Buffer.concat([
    Buffer.from(`${head}${head === '{' ? '' : ','}${JSON.stringify(name)}:`),
    bytes,
    Buffer.from(tail === '}' ? tail : `,${tail}`),
  ]);
}
