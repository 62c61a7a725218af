/** What a model of the toy format says. */
export type TestModel = {
  scale: number;
  pieces: boolean;
  pauseMs: number;
  acts: readonly TestAct[];
};

export type TestAct = { when: (typeof moments)[number] | number; what: ActName; amount: number };

export type ActName = (typeof actNames)[number];

const moments = ['load', 'run', 'native', 'judged', 'empty'] as const;
const actNames = ['exit', 'abort', 'stall', 'wait', 'allocate', 'throw', 'vary'] as const;

/** The first line of every file of the format. */
export const firstLine = 'callable-test-model';

/** The bytes of a model of these lines. */
export function testModel(...lines: readonly string[]): Uint8Array {
  return new TextEncoder().encode([firstLine, ...lines, ''].join('\n'));
}

/** Reads one; null when a line means nothing. */
export function readTestModel(bytes: Uint8Array): TestModel | null {
  const [first, ...lines] = new TextDecoder().decode(bytes).split('\n');
  if (first !== firstLine) return null;
  const acts: TestAct[] = [];
  const model = { scale: 1, pieces: false, pauseMs: 0, acts };
  for (const line of lines.filter((each) => each !== '')) {
    const [word = '', value = '', amount = '0'] = line.split(' ');
    if (word === 'scale') model.scale = Number(value);
    else if (word === 'pieces') model.pieces = true;
    else if (word === 'pause') model.pauseMs = Number(value);
    else {
      const what = actNames.find((name) => name === value);
      const when = moments.find((name) => name === word) ?? Number(word);
      if (!what || word === '' || !Number.isFinite(Number(amount))) return null;
      acts.push({ when, what, amount: Number(amount) });
    }
  }
  return Number.isFinite(model.scale) && Number.isFinite(model.pauseMs) ? model : null;
}
