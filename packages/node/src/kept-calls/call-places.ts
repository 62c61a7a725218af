/**
 * Where the calls of one segment begin: 12 bytes for each. Under full load a node keeps millions, and a map of their ids took
 * some 250 bytes for each. What is found is only likely: the id itself stands at that place in the file.
 */
export class CallPlaces {
  private marks = new Uint32Array(64);
  private offsets = new Float64Array(64);
  private count = 0;

  /** `mark` is that of the receipt of the call. */
  add(mark: number, offset: number): void {
    if (this.count === this.marks.length) {
      const [marks, offsets] = [this.marks, this.offsets];
      this.marks = new Uint32Array(2 * this.count);
      this.offsets = new Float64Array(2 * this.count);
      this.marks.set(marks);
      this.offsets.set(offsets);
    }
    this.marks[this.count] = mark;
    this.offsets[this.count++] = offset;
  }

  /** Where the call of this receipt may begin, in bytes from the start of the file. */
  *find(receipt: string): Generator<number> {
    const mark = markOf(receipt);
    const { marks, offsets, count } = this;
    for (let at = marks.indexOf(mark); at !== -1 && at < count; at = marks.indexOf(mark, at + 1))
      yield offsets[at] as number;
  }
}

/** The first eight digits of an id, as a number: nobody chooses ids, they are hashes. */
export const markOf = (receipt: string) => Number.parseInt(receipt.slice(0, 8), 16);
