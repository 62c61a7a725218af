import { SaxesParser } from 'saxes';

export type XmlElement = { name: string; attributes: Record<string, string>; text: string; children: XmlElement[] };

/** The document as a conforming parser of XML reads it, with namespaces; throws where it is not well-formed. */
export function readXml(text: string): XmlElement {
  const root: XmlElement = { name: '', attributes: {}, text: '', children: [] };
  const open = [root];
  const parser = new SaxesParser({ xmlns: true, fragment: false });
  const failures: Error[] = [];
  parser.on('error', (error) => failures.push(error));
  parser.on('opentag', (tag) => {
    const attributes = Object.fromEntries(Object.values(tag.attributes).map(({ name, value }) => [name, value]));
    const element = { name: tag.local, attributes, text: '', children: [] };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('closetag', () => open.pop());
  parser.on('text', (piece) => {
    const last = open.at(-1);
    if (last) last.text += piece;
  });
  parser.write(text).close();
  if (failures.length > 0) throw new AggregateError(failures, `not well-formed: ${failures[0]?.message}`);
  return root.children[0] as XmlElement;
}

export const childrenOf = (element: XmlElement, name: string): XmlElement[] =>
  element.children.filter((child) => child.name === name);
export const textOf = (element: XmlElement, name: string): string => childrenOf(element, name)[0]?.text ?? '';
