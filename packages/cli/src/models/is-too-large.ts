type Shaped = { shape: readonly number[] };

/** An example larger than this serves nobody as documentation and is not made by guessing. */
const mostElements = 16 * 1024 * 1024;

/** Whether an example of these shapes, with so many elements on each open axis, is too large to be written out. */
export function isTooLarge(specs: readonly Shaped[], openAxis: number): boolean {
  return specs.some(
    ({ shape }) => shape.reduce((product, size) => product * (size === -1 ? openAxis : size), 1) > mostElements,
  );
}
