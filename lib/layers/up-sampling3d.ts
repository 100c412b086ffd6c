/** Volumes enlarged by whole factors. */
import type { Triple, UpSamplingShape } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { shortForm } from './kernel-options.js';
import type { LayerOptions } from './layer.js';
import { registerLayer } from './registry.js';
import { UpSampling } from './up-sampling.js';

/** Options of `layers.upSampling3d`. */
export interface UpSampling3dOptions<Z extends Triple = Triple, F extends DataFormat = DataFormat> extends LayerOptions {
  /** How often each voxel is repeated, along all sides or along each; 2. */
  size?: Z;
  dataFormat?: F;
}

/** Each voxel several times. */
export class UpSampling3D<F extends ShapeFn = AnyShape> extends UpSampling<F> {
  constructor(options?: UpSampling3dOptions) {
    super(3, UpSampling.read('upSampling3d', 3, options));
  }

  override get className(): string {
    return 'UpSampling3D';
  }
}

registerLayer('UpSampling3D', UpSampling3D);

/**
 * Repeats each voxel `size` times. Source: Keras 3, keras.layers.UpSampling3D.
 *
 * Shapes: [batch, depth, height, width, channels], each side times its factor.
 *
 * @example
 * layers.upSampling3d(2);
 */
export function upSampling3d<const Z extends Triple = 2, const F extends DataFormat = 'channelsLast'>(
  size?: Z,
  options?: Omit<UpSampling3dOptions<Z, F>, 'size'>,
): UpSampling3D<UpSamplingShape<'upSampling3d', 3, Z, F>>;
export function upSampling3d<const Z extends Triple = 2, const F extends DataFormat = 'channelsLast'>(
  options: UpSampling3dOptions<Z, F>,
): UpSampling3D<UpSamplingShape<'upSampling3d', 3, Z, F>>;
export function upSampling3d(size?: Triple | UpSampling3dOptions, options?: object): UpSampling3D {
  return new UpSampling3D(shortForm<UpSampling3dOptions>(size, 'size', options));
}
