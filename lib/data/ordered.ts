/** Work ahead, in order: several items are made at a time, and wait in a queue until they are taken. */

export interface AheadOptions {
  /** Items that are being made at a time. */
  workers: number;
  /** Items that are being made or wait, at most. */
  queue: number;
}

/**
 * Results of `make(0)`, `make(1)`, ... in this order, `count` of them, or until `make` answers undefined. A failure comes where its item would
 * have. Nothing is begun before the first is asked for; after `return` nothing more is, and what has begun is waited for.
 */
export function madeAhead<T>(
  make: (index: number) => Promise<T | undefined>,
  count: number,
  options: AheadOptions,
): AsyncIterableIterator<T> {
  const waiting: Promise<T | undefined>[] = [];
  const limit = Math.max(1, options.queue);
  let begun = 0;
  let running = 0;
  let over = false;
  const fill = (): void => {
    while (!over && begun < count && running < options.workers && waiting.length < limit) {
      running++;
      const made = make(begun++);
      // Told of where it is taken; a failure that nobody takes any more is not an unhandled one.
      made.then(settled, settled);
      waiting.push(made);
    }
  };
  const settled = (): void => {
    running--;
    fill();
  };
  const end = async (): Promise<IteratorReturnResult<undefined>> => {
    over = true;
    await Promise.allSettled(waiting.splice(0));
    return { done: true, value: undefined };
  };
  return {
    async next() {
      fill();
      const first = waiting.shift();
      if (!first) return end();
      fill();
      try {
        const value = await first;
        return value === undefined ? await end() : { done: false, value };
      } catch (error) {
        await end();
        throw error;
      }
    },
    return: end,
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
