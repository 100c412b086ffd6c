/** Names that layers and models get by themselves: dense, dense_1, conv2d, as in Keras, counted per process. */

const counters = new Map<string, number>();

/** Keras' snake_case of a class name: MaxPooling2D is max_pooling2d, ReLU is re_lu. */
export function snakeCase(className: string): string {
  return className
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

/** The name in camelCase, as factories have it: MaxPooling2D is maxPooling2d. */
export function camelCase(className: string): string {
  return snakeCase(className).replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** The next free name for a class. */
export function autoName(className: string): string {
  const prefix = snakeCase(className);
  const count = counters.get(prefix) ?? 0;
  counters.set(prefix, count + 1);
  return count === 0 ? prefix : `${prefix}_${count}`;
}

/**
 * Lets automatic names begin again: the next dense layer is `dense`, not `dense_7`.
 *
 * @example
 * resetNames();
 * sequential([4]).add(layers.dense(2)).layers[0].name;   // 'dense'
 */
export function resetNames(): void {
  counters.clear();
}
