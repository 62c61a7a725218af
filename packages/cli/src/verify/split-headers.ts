/**
 * What `curl -i` saves: the lines of the last answer's head, by name in lower case, and its body. A file without a head is all
 * body.
 */
export function splitHeaders(text: string): { headers: Map<string, string>; body: string } {
  const headers = new Map<string, string>();
  let body = text;
  // 100 Continue and redirects stand before the answer.
  for (let head = headPattern.exec(body); head; head = headPattern.exec(body)) {
    headers.clear();
    for (const line of head[0].split(/\r?\n/).slice(1)) {
      const [, name, value] = /^([^:\s]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
      if (name !== undefined) headers.set(name.toLowerCase(), value ?? '');
    }
    body = body.slice(head[0].length);
  }
  return { headers, body };
}

/** The line of the status, lines that are not empty, one that is. */
const headPattern = /^HTTP\/\d(?:\.\d)? \d{3}[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n/;
