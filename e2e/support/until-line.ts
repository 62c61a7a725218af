import type { CallableProcess } from './spawn-callable.ts';

/** The first line on stdout that holds this text; rejects with all that was said when the process ends before. */
export function untilLine(running: CallableProcess, text: string): Promise<string> {
  const { child, stdout, stderr, ended } = running;
  const find = () =>
    stdout()
      .split('\n')
      .slice(0, -1)
      .find((line) => line.includes(text));
  return new Promise((resolve, reject) => {
    const look = () => {
      const line = find();
      if (line !== undefined) resolve(line);
    };
    child.stdout?.on('data', look);
    look();
    ended.then(
      ({ code, signal }) => reject(new Error(`ended with ${code ?? signal} before "${text}":\n${stdout()}${stderr()}`)),
      reject,
    );
  });
}
