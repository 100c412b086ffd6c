/** A kernel whose greatest singular value is kept at one. */
import { withoutTape } from '../autodiff/tape.js';
import { ArgumentError } from '../errors.js';
import { initializer } from '../initializers/index.js';
import { truncatedNormal } from '../initializers/random.js';
import * as ops from '../ops/index.js';
import { type Config, optional, readOptions, whole } from '../options/index.js';
import type { DType } from '../tensor/dtype.js';
import { tidy } from '../tensor/scope.js';
import type { Tensor } from '../tensor/tensor.js';
import { type CallOptions, common, type Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import type { BatchShape, Shapes } from './symbolic.js';
import type { Weight } from './weight.js';
import type { Anatomy } from './weighted.js';
import { layerReader, Wrapper } from './wrapper.js';

/** Options of `layers.spectralNormalization`. */
export interface SpectralNormalizationOptions extends LayerOptions {
  /** A layer with a kernel, or an embedding. */
  layer: Layer;
  /** Steps of the power iteration at each call in training; 1. */
  powerIterations?: number;
}

const readers = { ...layerReaders, layer: layerReader, powerIterations: optional(whole(), 1) };

/** Keras' epsilon: the least norm that is divided by. */
const EPSILON = 1e-7;

function unit(x: Tensor): Tensor {
  const norm = ops.sqrt(ops.sum(ops.square(x)));
  return ops.divide(x, ops.maximum(norm, EPSILON));
}

export class SpectralNormalization extends Wrapper {
  private readonly powerIterations: number;
  private vectorU!: Weight;
  /** Of the wrapped layer, which owns it: a getter, so that it is not listed twice. */
  private get kernel(): Weight | undefined {
    return this.layer.weights.find(({ name }) => name === 'kernel' || name === 'embeddings');
  }

  constructor(options: SpectralNormalizationOptions) {
    const read = readOptions('spectralNormalization', options, readers);
    super(read.layer, common(read));
    this.powerIterations = read.powerIterations;
  }

  override get className(): string {
    return 'SpectralNormalization';
  }

  /** Keras' order: the kernel, the vector, and what else the layer has. */
  override get weights(): Weight[] {
    const { kernel } = this;
    return kernel ? [kernel, ...super.weights.filter((weight) => weight !== kernel)] : super.weights;
  }

  /** @internal Keras counts the kernel among the layer's own, and again among those of the layer inside. */
  override get anatomy(): Anatomy {
    const { own, parts } = super.anatomy;
    return { own: this.kernel ? [this.kernel, ...own] : own, parts };
  }

  override build(inputShape: Shapes): void {
    if (!this.layer.built) {
      this.layer.build(inputShape);
      this.layer.built = true;
    }
    const { kernel } = this;
    if (!kernel) {
      throw new ArgumentError({
        where: this.kind,
        expected: 'a layer with a kernel or embeddings',
        received: `${this.layer.name} without`,
        hint: 'wrap dense, a convolution or embedding',
      });
    }
    this.vectorU = this.addWeight({
      name: 'vector_u',
      shape: [1, kernel.kerasShape.at(-1)!],
      initializer: initializer(truncatedNormal({ stddev: 0.02 }), this.kind),
      trainable: false,
    });
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    return this.layer.computeOutputShape(inputShape) as BatchShape;
  }

  protected override outputDType(): DType {
    return this.layer.dtype;
  }

  /** Changed in place, as Keras does: the gradient is that of the divided kernel, and a captured step divides it as well. */
  private normalize(kernel: Weight): void {
    withoutTape(() =>
      tidy(() => {
        const weights: Tensor = ops.reshape<readonly number[]>(kernel.toKeras(), [-1, kernel.kerasShape.at(-1)!]);
        let u: Tensor = this.vectorU;
        let v: Tensor = u;
        for (let i = 0; i < this.powerIterations; i++) {
          v = unit(ops.matmul(u, ops.transpose(weights)));
          u = unit(ops.matmul(v, weights));
        }
        const sigma = ops.reshape<readonly number[]>(ops.matmul(ops.matmul(v, weights), ops.transpose(u)), []);
        // A kernel of zeros has no direction, and stays.
        const some = ops.greater(ops.max(ops.abs(weights)), 0);
        const next: Tensor = ops.where(some, ops.divide(kernel, sigma), kernel);
        this.vectorU.assign(ops.where(some, u, this.vectorU));
        kernel.assign(next);
      }),
    );
  }

  override call(x: Tensor, { training = false }: CallOptions): Tensor {
    if (training) this.normalize(this.kernel!);
    return this.layer.apply(x as never, { training });
  }

  override getConfig(): Config {
    return { ...super.getConfig(), powerIterations: this.powerIterations };
  }
}

registerLayer('SpectralNormalization', SpectralNormalization);

/**
 * Divides the kernel of a layer by its greatest singular value at each call in training, which keeps the layer from stretching what it is
 * given; for discriminators. Source: Keras 3, keras.layers.SpectralNormalization; Miyato 2018.
 *
 * Shapes: those of the layer. Weights: the kernel, vector_u [1, filters], and the layer's others.
 *
 * @throws ArgumentError where the layer has neither kernel nor embeddings
 * @example
 * sequential([32, 32, 3]).add(layers.spectralNormalization(layers.conv2d(16, 3)));
 */
export function spectralNormalization(layer: Layer, options?: Omit<SpectralNormalizationOptions, 'layer'>): SpectralNormalization;
export function spectralNormalization(options: SpectralNormalizationOptions): SpectralNormalization;
export function spectralNormalization(layer: Layer | SpectralNormalizationOptions, options?: object): SpectralNormalization {
  return new SpectralNormalization('apply' in layer ? { ...options, layer } : layer);
}
