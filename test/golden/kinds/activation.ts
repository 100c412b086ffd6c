import { activations } from '../../../lib/index.js';
import { type Tensor, valueAndGrad, ops } from '../../../lib/index.js';
import { camelCase } from '../../../lib/layers/names.js';
import { type GoldenArray, type GoldenCase, NotImplemented, optionsOf, type Precision, same, tensorOf, toleranceOf } from '../format.js';
import type { Kind } from './index.js';

/** Arguments that our functions take by position. */
const positional: Record<string, string[]> = {
  celu: ['alpha'],
  elu: ['alpha'],
  gelu: ['approximate'],
  glu: ['axis'],
  hardShrink: ['threshold'],
  leakyRelu: ['negativeSlope'],
  logSoftmax: ['axis'],
  softShrink: ['threshold'],
  softmax: ['axis'],
  sparsemax: ['axis'],
  squareplus: ['b'],
  threshold: ['threshold', 'defaultValue'],
};

export const activation: Kind = {
  run(golden: GoldenCase, precision: Precision): void {
    const name = camelCase(golden['function'] as string);
    const options = optionsOf(golden['arguments'] as Record<string, unknown>) as Record<string, never>;
    const fn: ((x: Tensor, ...rest: never[]) => Tensor) | undefined =
      (activations as unknown as Record<string, ((x: Tensor, ...rest: never[]) => Tensor) | undefined>)[name] ?? named(name);
    if (!fn) throw new NotImplemented(name);
    const places = positional[name];
    const rest = places
      ? places.filter((place) => place in options).map((place) => options[place]!)
      : Object.keys(options).length > 0
        ? [options as never]
        : [];
    const x = tensorOf(golden['x'] as GoldenArray, precision);
    const tolerance = toleranceOf(golden, precision);
    const upstream = golden['y_gradient'] ? tensorOf(golden['y_gradient'] as GoldenArray, precision) : undefined;
    let y: Tensor | undefined;
    const { gradients } = valueAndGrad(() => {
      y = fn(x, ...rest);
      return ops.sum(upstream ? ops.mul(y, upstream) : y);
    }, [x]);
    same('y', y!, golden['y'] as GoldenArray, tolerance);
    if (golden['x_gradient']) same('x_gradient', gradients[0]!, golden['x_gradient'] as GoldenArray, tolerance);
  },
};

function named(name: string): ((x: Tensor) => Tensor) | undefined {
  try {
    return activations.activation(name, 'golden') as unknown as (x: Tensor) => Tensor;
  } catch {
    return undefined;
  }
}
