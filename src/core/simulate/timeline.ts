/** A binary heap of future items, earliest first; items of one instant come in the order in which they were added. */
interface Due<T> {
  readonly at: number;
  readonly order: number;
  readonly item: T;
}

const isBefore = <T>(a: Due<T>, b: Due<T>): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

export class Timeline<T> {
  readonly #heap: Due<T>[] = [];
  #added = 0;

  get size(): number {
    return this.#heap.length;
  }

  add(at: number, item: T): void {
    const heap = this.#heap;
    heap.push({ at, order: this.#added++, item });
    for (let child = heap.length - 1; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (!isBefore(heap[child] as Due<T>, heap[parent] as Due<T>)) return;
      this.#swap(child, parent);
      child = parent;
    }
  }

  next(): { readonly at: number; readonly item: T } | null {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) return null;
    if (heap.length > 0) {
      heap[0] = last;
      this.#sink();
    }
    return first;
  }

  #sink(): void {
    const heap = this.#heap;
    for (let parent = 0; ; ) {
      const children = [2 * parent + 1, 2 * parent + 2].filter((child) => child < heap.length);
      const least = children.reduce(
        (best, child) => (isBefore(heap[child] as Due<T>, heap[best] as Due<T>) ? child : best),
        parent,
      );
      if (least === parent) return;
      this.#swap(parent, least);
      parent = least;
    }
  }

  #swap(a: number, b: number): void {
    const heap = this.#heap;
    [heap[a], heap[b]] = [heap[b] as Due<T>, heap[a] as Due<T>];
  }
}
