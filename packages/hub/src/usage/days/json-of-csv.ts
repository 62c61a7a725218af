/** The rows of a day as a JSON array, one a line: made of the CSV while it is read, so that a day is on the disk once. */
export async function* jsonOfCsv(csv: AsyncIterable<string>): AsyncGenerator<string> {
  let names: readonly string[] | null = null;
  let rest = '';
  let before = '[\n';
  for await (const piece of csv) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() as string;
    let text = '';
    for (const line of lines) {
      if (names === null) {
        names = line.split(',');
        continue;
      }
      text += before + jsonOf(names, line.split(','));
      before = ',\n';
    }
    if (text !== '') yield text;
  }
  yield before === ',\n' ? '\n]\n' : '[]\n';
}

const words = ['day', 'kind', 'id'];

function jsonOf(names: readonly string[], values: readonly string[]): string {
  const members = names.map((name, index) => {
    const value = values[index] as string;
    return [name, words.includes(name) ? value : Number(value)];
  });
  return JSON.stringify(Object.fromEntries(members));
}
