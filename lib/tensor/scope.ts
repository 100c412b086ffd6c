/** Scopes: what is made inside and not returned is disposed at the end. `fit`, `evaluate` and `predict` own their tensors this way. */
import { ArgumentError } from '../errors.js';
import type { Tensor } from './tensor.js';

const scopes: Set<Tensor>[] = [];

/** @internal */
export function trackInScope(tensor: Tensor): void {
  scopes[scopes.length - 1]?.add(tensor);
}

/** @internal Takes a tensor out of the scopes, as a variable that must outlive them. */
export function keep<T extends Tensor>(tensor: T): T {
  for (const scope of scopes) scope.delete(tensor);
  return tensor;
}

function release(result: unknown, scope: Set<Tensor>): void {
  if (typeof result !== 'object' || result === null) return;
  if (scope.delete(result as Tensor)) {
    scopes[scopes.length - 1]?.add(result as Tensor);
    return;
  }
  if (ArrayBuffer.isView(result)) return;
  for (const value of Array.isArray(result) ? (result as unknown[]) : Object.values(result)) {
    if (
      typeof value === 'object' &&
      value !== null &&
      scope.size > 0 &&
      (Array.isArray(value) || scope.has(value as Tensor) || Object.getPrototypeOf(value) === Object.prototype)
    ) {
      release(value, scope);
    }
  }
}

/**
 * Runs `fn` and disposes of every tensor made inside but those in its result (a tensor, or arrays and plain objects of tensors).
 *
 * @example
 * const norm = tidy(() => ops.sqrt(ops.sum(ops.square(x))));   // the two intermediate results are gone
 */
export function tidy<T>(fn: () => T): T {
  const scope = new Set<Tensor>();
  scopes.push(scope);
  let result: T | undefined;
  try {
    result = fn();
    if (result instanceof Promise) {
      throw new ArgumentError({
        where: 'tidy',
        expected: 'a synchronous function',
        received: 'one that returned a promise',
        hint: 'call tidy around the synchronous parts, or dispose of the tensors by hand',
      });
    }
    return result;
  } finally {
    scopes.pop();
    release(result, scope);
    for (const tensor of scope) tensor.dispose();
  }
}

/** @internal A scope between two calls, where no function can stand: what is made before `close` goes at `dispose`. */
export function openScope(): { close(): void; dispose(): void } {
  const scope = new Set<Tensor>();
  scopes.push(scope);
  const close = (): void => {
    const at = scopes.indexOf(scope);
    if (at >= 0) scopes.splice(at, 1);
  };
  return {
    close,
    dispose() {
      close();
      for (const tensor of scope) tensor.dispose();
      scope.clear();
    },
  };
}
