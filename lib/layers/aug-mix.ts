/** Images mixed with changed ones of themselves. */
import * as ops from '../ops/index.js';
import { type Config, flag, oneOf, optional, readOptions, real, whole } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { ImageShape } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { blend } from './mixed-images.js';
import { FactorImage, type Pair, type RandomFactorOptions, upTo, valuedReaders } from './random-factor.js';
import { Policy } from './random-policy.js';
import { registerLayer } from './registry.js';

/** Options of `layers.augMix`. */
export interface AugMixOptions<F extends DataFormat = DataFormat> extends Partial<RandomFactorOptions<F>> {
  /** Rows of changes that are mixed; 3. */
  numChains?: number;
  /** Changes one after the other, of which each may be none; 3. */
  chainDepth?: number;
  /** Parameter of the distributions that the shares come from; 1. */
  alpha?: number;
  /** Whether brightness, colour, contrast and sharpness are among the changes; true. */
  allOps?: boolean;
  interpolation?: 'nearest' | 'bilinear';
}

const readers = {
  ...valuedReaders,
  factor: optional(upTo(1), [0, 0.3] as Pair),
  numChains: optional(whole(), 3),
  chainDepth: optional(whole(), 3),
  alpha: optional(real({ above: 0 }), 1),
  allOps: optional(flag, true),
  interpolation: optional(oneOf('nearest', 'bilinear'), 'bilinear' as const),
};

/** Each image mixed with itself after several rows of changes. */
export class AugMix<F extends ShapeFn = AnyShape> extends FactorImage<F> {
  private readonly settings: Required<Pick<AugMixOptions, 'numChains' | 'chainDepth' | 'alpha' | 'allOps' | 'interpolation'>>;
  private readonly policy: Policy;

  constructor(options?: AugMixOptions) {
    const { numChains, chainDepth, alpha, allOps, interpolation, ...read } = readOptions('augMix', options, readers);
    super(read);
    this.settings = { numChains, chainDepth, alpha, allOps, interpolation };
    const { factor, valueRange, dataFormat, name } = this;
    this.policy = new Policy({ factor, valueRange, interpolation, dataFormat, name, light: allOps });
    for (const part of [...this.policy.moves, ...this.policy.steps]) this.adopt(part);
  }

  override get className(): string {
    return 'AugMix';
  }

  protected override augment(x: Tensor): Tensor {
    const { numChains, chainDepth, alpha } = this.settings;
    const batch = x.shape[0]!;
    // All rows of changes at once, as a batch of its own.
    let chains = ops.tile(x, [numChains, 1, 1, 1]);
    for (let i = 0; i < chainDepth; i++) chains = this.policy.apply(chains, ops.floor(this.draw(chains, 0, this.policy.size + 1)));
    const options = { dtype: x.dtype as 'float32', ...this.source };
    const shares = ops.transpose(ops.random.dirichlet([batch, numChains], alpha, options));
    const weighed = ops.multiply(ops.reshape(chains, [numChains, ...x.shape]), ops.reshape(shares, [numChains, batch, 1, 1, 1]));
    const own = ops.random.beta([batch, 1, 1, 1], alpha, alpha, options);
    return ops.clip(blend(x, ops.sum(weighed, 0), own), ...this.valueRange);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), ...this.settings };
  }
}

registerLayer('AugMix', AugMix);

/**
 * Mixes each image with `numChains` of itself while training, each after up to `chainDepth` changes as `layers.randAugment` has them: AugMix of
 * Hendrycks et al., 2019. Every image has its own changes and shares (one choice for the batch in Keras 3.15). Source: Keras 3,
 * keras.layers.AugMix.
 *
 * Shapes: [batch, height, width, channels], kept; with `allOps` three channels, a ShapeError otherwise.
 *
 * @example
 * layers.augMix({ valueRange: [0, 1], factor: 0.3 });
 */
export function augMix<const F extends DataFormat = 'channelsLast'>(options?: AugMixOptions<F>): AugMix<ImageShape<'augMix', F>> {
  return new AugMix(options);
}
