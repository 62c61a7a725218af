/**
 * Reads generated tables, by domain: an operator a line, its name and what `read` makes of the rest. They are parsed when
 * they are first asked, since most of those who load this room never ask.
 */
export function openTable<Domain extends string, Row>(
  texts: Readonly<Record<Domain, string>>,
  read: (rest: string) => Row,
): (domain: Domain, op: string) => Row | null {
  const unread = new Map<string, string>(Object.entries(texts));
  const parsed = new Map<Domain, ReadonlyMap<string, Row>>();
  const parse = (text: string) =>
    new Map(
      text
        .trim()
        .split('\n')
        .map((line) => {
          const [op = '', ...rest] = line.trim().split(' ');
          return [op, read(rest.join(' '))] as const;
        }),
    );
  return (domain, op) => {
    const table = parsed.get(domain) ?? parse(unread.get(domain) ?? '');
    parsed.set(domain, table);
    return table.get(op) ?? null;
  };
}
