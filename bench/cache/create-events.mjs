/** What happens when, in order; those of one moment as they were planned. Seconds. */
export function createEvents() {
  const heap = [];
  let planned = 0;
  const isEarlier = (a, b) => a.at < b.at || (a.at === b.at && a.number < b.number);
  const swap = (a, b) => {
    [heap[a], heap[b]] = [heap[b], heap[a]];
  };

  function push(event) {
    heap.push(event);
    for (let child = heap.length - 1; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (!isEarlier(heap[child], heap[parent])) return;
      swap(child, parent);
      child = parent;
    }
  }

  function pop() {
    const [top] = heap;
    const last = heap.pop();
    if (heap.length === 0) return top;
    heap[0] = last;
    for (let parent = 0; ; ) {
      let least = parent;
      for (const child of [2 * parent + 1, 2 * parent + 2])
        if (child < heap.length && isEarlier(heap[child], heap[least])) least = child;
      if (least === parent) return top;
      swap(parent, least);
      parent = least;
    }
  }

  return {
    now: 0,
    after(seconds, happen) {
      push({ at: this.now + seconds, number: planned++, happen });
    },
    runUntil(at) {
      while (heap.length > 0 && heap[0].at <= at) {
        const event = pop();
        this.now = event.at;
        event.happen();
      }
      if (Number.isFinite(at)) this.now = at;
    },
  };
}
