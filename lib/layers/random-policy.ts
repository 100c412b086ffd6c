/** A choice of changes of images, of which each image gets one: what RandAugment and AugMix are made of. */
import * as ops from '../ops/index.js';
import type { Tensor } from '../tensor/tensor.js';
import { AutoContrast, Equalization } from './auto-contrast.js';
import type { DataFormat } from './defaults.js';
import type { CallOptions } from './layer.js';
import { RandomColorDegeneration } from './random-colour.js';
import type { Pair } from './random-factor.js';
import type { MovedImage } from './random-image.js';
import { RandomBrightness, RandomContrast } from './random-light.js';
import { RandomRotation } from './random-rotation.js';
import { RandomShear } from './random-shear.js';
import { RandomTranslation } from './random-translation.js';
import { RandomPosterization, RandomSharpness } from './random-values.js';
import { Solarization } from './solarization.js';

/** What all changes have in common. */
export interface PolicyOptions {
  /** How strong they are, from 0 to 1. */
  factor: Pair;
  valueRange: Pair;
  interpolation: 'nearest' | 'bilinear';
  dataFormat: DataFormat;
  /** Names of the parts begin with it. */
  name: string;
  /** Whether brightness, colour, contrast and sharpness are among them. */
  light: boolean;
}

/** A layer that changes images by itself. */
type Step = { call(x: Tensor, options: CallOptions): Tensor };

export class Policy {
  /** Changes that move pixels; one reading of the images is enough for all of them. */
  readonly moves: readonly MovedImage[];
  readonly steps: readonly (Step & (RandomBrightness | AutoContrast))[];
  private readonly pixels: { interpolation: 'nearest' | 'bilinear'; fillMode: 'reflect'; dataFormat: DataFormat };

  constructor({ factor, valueRange, interpolation, dataFormat, name, light }: PolicyOptions) {
    this.pixels = { interpolation, fillMode: 'reflect', dataFormat };
    const shared = (part: string) => ({ name: `${name}_${part}`, dataFormat });
    const valued = (part: string) => ({ ...shared(part), valueRange });
    this.moves = [
      new RandomShear({ ...shared('shear'), xFactor: factor, yFactor: factor }),
      new RandomTranslation({ ...shared('translation'), heightFactor: factor, widthFactor: factor }),
      new RandomRotation({ ...shared('rotation'), factor }),
    ];
    const steps: unknown[] = [
      new RandomPosterization({ ...valued('posterization'), factor: Math.max(1, Math.floor(8 * factor[1])) }),
      new Solarization({ ...valued('solarization'), additionFactor: factor, thresholdFactor: factor }),
      new AutoContrast(valued('contrast')),
      new Equalization(valued('equalization')),
    ];
    if (light) {
      steps.push(
        new RandomBrightness({ ...valued('brightness'), factor }),
        new RandomColorDegeneration({ ...valued('colour'), factor }),
        new RandomContrast({ ...valued('distance'), factor }),
        new RandomSharpness({ ...valued('sharpness'), factor }),
      );
    }
    this.steps = steps as Policy['steps'];
  }

  /** How many changes there are. */
  get size(): number {
    return this.moves.length + this.steps.length;
  }

  /** Each image with the change of its number, [batch, 1, 1, 1]; from `size` on none. */
  apply(x: Tensor, choice: Tensor): Tensor {
    const batch = x.shape[0]!;
    const row = ops.reshape(choice, [batch, 1]);
    const stays = ops.concatenate(
      [1, 0, 0, 0, 1, 0, 0, 0].map((value) => ops.full([batch, 1], value, x.dtype)),
      { axis: 1 },
    );
    const transforms = this.moves.reduce((others, move, i) => ops.where(ops.equal(row, i), move.transforms(x), others), stays);
    const moved = ops.image.affineTransform(x, transforms, this.pixels);
    return this.steps.reduce((others, step, i) => {
      const chosen = ops.equal(choice, this.moves.length + i);
      return ops.where(chosen, (step as Step).call(x, { training: true }), others);
    }, moved);
  }
}
