/** Gradients of functions: the public face of the tape. */
import { ArgumentError, ShapeError } from '../errors.js';
import { defineOp, runOp1 } from '../ops/define.js';
import { Tensor } from '../tensor/tensor.js';
import { noteOp, Tape, withoutTape, withTape } from './tape.js';

const fillOp = defineOp('fill', ['value:f']);
const addOp = defineOp('add');

function filled(like: Tensor, value: number): Tensor {
  return runOp1(fillOp, [], { shape: like.shape, dtype: like.dtype }, [value], undefined, like.runtime);
}

function sum(a: Tensor, b: Tensor): Tensor {
  return runOp1(addOp, [a, b], { shape: a.shape, dtype: a.dtype }, [], () => (dy) => [() => dy!, () => dy!]);
}

/** Gradients of a scalar (or, with `seed`, of anything) computed by `fn`, with respect to tensors that it used. */
export function valueAndGrads<T>(
  fn: () => T,
  loss: (result: T) => Tensor,
  sources: readonly Tensor[],
  where = 'valueAndGrad',
): { result: T; gradients: Tensor[] } {
  const tape = new Tape();
  for (const source of sources) tape.watch(source);
  const result = withTape(tape, fn);
  const value = loss(result);
  if (!(value instanceof Tensor)) {
    throw new ArgumentError({ where, expected: 'a function that returns a tensor', received: typeof value, hint: 'return the loss' });
  }
  if (value.size !== 1) {
    throw new ShapeError({
      where,
      expected: 'a scalar, shape []',
      received: `[${value.shape.join(', ')}]`,
      hint: 'reduce it, for example with ops.mean or ops.sum',
    });
  }
  const found = tape.gradients(value, filled(value, 1), sources, sum);
  return { result, gradients: found.map((gradient, i) => gradient ?? filled(sources[i]!, 0)) };
}

/**
 * The value of a function and its gradients with respect to variables (or tensors) that it uses. A source that the value does not depend on
 * gets zeros. Gradients have the shapes of their sources.
 *
 * @example
 * const { value, gradients } = valueAndGrad(() => ops.mean(ops.square(ops.sub(model.call(x), y))), model.trainableWeights);
 */
export function valueAndGrad(fn: () => Tensor, sources: readonly Tensor[]): { value: Tensor; gradients: Tensor[] } {
  const { result, gradients } = valueAndGrads(fn, (value) => value, sources);
  return { value: result, gradients };
}

/**
 * The gradient function of `fn`: called with the same arguments it returns the gradient for its first argument, or an array with one
 * for each where there are several. The result of `fn` must be a scalar. May be nested for higher derivatives.
 *
 * @example
 * const df = grad((x) => ops.sum(ops.square(x)));
 * await df(tensor([1, 2, 3])).data();   // [2, 4, 6]
 */
export function grad(fn: (x: Tensor) => Tensor): (x: Tensor) => Tensor;
export function grad(fn: (...args: Tensor[]) => Tensor): (...args: Tensor[]) => Tensor[];
export function grad(fn: (...args: Tensor[]) => Tensor): (...args: Tensor[]) => Tensor | Tensor[] {
  return (...args) => {
    const { gradients } = valueAndGrads(
      () => fn(...args),
      (value) => value,
      args,
      'grad',
    );
    return gradients.length === 1 ? gradients[0]! : gradients;
  };
}

/**
 * A function with a gradient of its own. `fn` returns the value and a function from the value's gradient to the gradients of the arguments
 * (one, or an array of them, in order).
 *
 * @example
 * const clipGradient = customGradient((x) => ({ value: x, gradient: (dy) => ops.clip(dy, -1, 1) }));
 */
export function customGradient(
  fn: (...args: Tensor[]) => { value: Tensor; gradient: (dy: Tensor) => Tensor | readonly Tensor[] },
): (...args: Tensor[]) => Tensor {
  return (...args) => {
    const { value, gradient } = withoutTape(() => fn(...args));
    // A value that is an argument itself needs an identity of its own: the tape tells tensors apart by identity.
    const own = args.includes(value) ? withoutTape(() => runOp1(copyOp, [value], { shape: value.shape, dtype: value.dtype })) : value;
    noteOp(args, [own], (dy) => {
      let parts: readonly Tensor[] | undefined;
      const all = (): readonly Tensor[] => {
        if (!parts) {
          const given = gradient(dy!);
          parts = given instanceof Tensor ? [given] : given;
          if (parts.length !== args.length) {
            throw new ArgumentError({
              where: 'customGradient',
              expected: `${args.length} gradients, one an argument`,
              received: String(parts.length),
            });
          }
        }
        return parts;
      };
      return args.map((_, i) => () => all()[i]!);
    });
    return own;
  };
}

const copyOp = defineOp('copy');
