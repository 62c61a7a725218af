/** What a blob of this length takes on all nodes of a Walrus network together. */
export function encodedBytes(length: number, shards: number): number {
  const faulty = Math.floor((shards - 1) / 3);
  const [rows, columns] = [shards - 2 * faulty, shards - faulty];
  const symbol = Math.ceil(Math.max(length, 1) / (rows * columns));
  const even = symbol + (symbol % 2);
  return (rows + columns) * shards * even + shards * (64 * shards + 32);
}
