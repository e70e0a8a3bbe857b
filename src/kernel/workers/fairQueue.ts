/** Work that waits, first come first served within a group; the groups take turns. */
export interface FairQueue<T> {
  readonly size: number;
  add(group: string, item: T): void;
  /** Before all others of its group. */
  addFirst(group: string, item: T): void;
  next(): T | undefined;
  remove(group: string, item: T): void;
}

export function fairQueue<T>(): FairQueue<T> {
  // A Map iterates in the order of insertion: the group whose turn it is is the first.
  const groups = new Map<string, T[]>();
  let size = 0;
  const waitingOf = (group: string): T[] => {
    const waiting = groups.get(group) ?? [];
    groups.set(group, waiting);
    size++;
    return waiting;
  };
  return {
    get size() {
      return size;
    },
    add: (group, item) => waitingOf(group).push(item),
    addFirst: (group, item) => waitingOf(group).unshift(item),
    next: () => {
      for (const [group, waiting] of groups) {
        const item = waiting.shift();
        groups.delete(group);
        if (waiting.length > 0) groups.set(group, waiting);
        size--;
        return item;
      }
      return undefined;
    },
    remove: (group, item) => {
      const waiting = groups.get(group);
      const at = waiting?.indexOf(item) ?? -1;
      if (waiting === undefined || at < 0) return;
      waiting.splice(at, 1);
      size--;
      if (waiting.length === 0) groups.delete(group);
    },
  };
}
