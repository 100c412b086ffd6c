/** ReLU with a learned slope. */
import { constraint, type ConstraintLike } from '../constraints/index.js';
import { ArgumentError, ShapeError } from '../errors.js';
import { initializer, type InitializerLike } from '../initializers/index.js';
import * as ops from '../ops/index.js';
import { type Config, nullable, optional, type Read, readOptions, wholes } from '../options/index.js';
import { regularizer, type RegularizerLike } from '../regularizers/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { SameShape } from '../types/core-layers.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import { named, serialized } from './kernel-options.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import { type BatchShape, normalAxis, type Shapes } from './symbolic.js';
import type { Weight } from './weight.js';

/** Options of `layers.prelu`. */
export interface PReLUOptions extends LayerOptions {
  alphaInitializer?: InitializerLike;
  alphaRegularizer?: RegularizerLike | null;
  alphaConstraint?: ConstraintLike | null;
  /** Axes (from 1) along which one slope is used, as [1, 2] for one a channel. */
  sharedAxes?: readonly number[] | null;
}

const readers = {
  ...layerReaders,
  alphaInitializer: optional(initializer, named(initializer, 'zeros')),
  alphaRegularizer: nullable(regularizer),
  alphaConstraint: nullable(constraint),
  sharedAxes: nullable(wholes(1, 'a list of axes, counted from 1')),
};

/** x, and a learned multiple of it below 0. */
export class PReLU<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly options: Read<typeof readers>;
  private alpha!: Weight;

  constructor(options?: PReLUOptions) {
    const read = readOptions('prelu', options, readers);
    super(common(read));
    this.options = read;
  }

  override get className(): string {
    return 'PReLU';
  }

  override get kind(): string {
    return 'prelu';
  }

  protected override get casts(): 'all' {
    return 'all';
  }

  override get supportsMasking(): boolean {
    return true;
  }

  private slopeShape(shape: BatchShape): (number | null)[] {
    const shared = (this.options.sharedAxes ?? []).map((axis) => normalAxis('prelu', axis, shape));
    return shape.map((dim, axis) => (shared.includes(axis) ? 1 : dim)).slice(1);
  }

  override build(inputShape: Shapes): void {
    const shape = this.slopeShape(inputShape as BatchShape);
    if (shape.includes(null)) {
      throw new ArgumentError({
        where: 'prelu',
        expected: 'known dimensions for the slopes',
        received: `[${shape.map((dim) => dim ?? '?').join(', ')}]`,
        hint: 'share the unknown axes with sharedAxes',
      });
    }
    this.alpha = this.addWeight({
      name: 'alpha',
      shape: shape as number[],
      initializer: this.options.alphaInitializer,
      regularizer: this.options.alphaRegularizer,
      constraint: this.options.alphaConstraint,
    });
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const shape = inputShape as BatchShape;
    const wanted = this.slopeShape(shape);
    if (this.built && wanted.some((dim, i) => dim !== null && dim !== this.alpha.shape[i])) {
      throw new ShapeError({
        where: 'prelu',
        expected: `an input that its slopes [${this.alpha.shape.join(', ')}] fit`,
        received: `[${shape
          .slice(1)
          .map((dim) => dim ?? '?')
          .join(', ')}]`,
      });
    }
    return shape;
  }

  override call(x: Tensor): Tensor {
    return ops.subtract(ops.relu(x), ops.multiply(this.alpha, ops.relu(ops.negative(x))));
  }

  override getConfig(): Config {
    const { alphaInitializer, alphaRegularizer, alphaConstraint, sharedAxes } = this.options;
    return {
      ...super.getConfig(),
      alphaInitializer: serialized(alphaInitializer),
      alphaRegularizer: serialized(alphaRegularizer),
      alphaConstraint: serialized(alphaConstraint),
      sharedAxes,
    };
  }
}

registerLayer('PReLU', PReLU);

/**
 * x, and `alpha · x` below 0, where alpha is learned for each element, or shared along axes. Source: Keras 3, keras.layers.PReLU.
 *
 * Shapes: the output has the shape of the input. Weights: alpha, the shape of a sample with 1 for shared axes.
 *
 * @example
 * layers.prelu({ sharedAxes: [1, 2] });   // one slope a channel
 */
export function prelu(options?: PReLUOptions): PReLU<SameShape<'prelu'>> {
  return new PReLU(options);
}
