import type { GoldenCase, Precision } from '../format.js';
import { activation } from './activation.js';
import { augmentation } from './augmentation.js';
import { callback } from './callback.js';
import { constraint, initializer, regularizer } from './parameters.js';
import { dataKind } from './data.js';
import { layer } from './layer.js';
import { loss, metric } from './loss.js';
import { model } from './model.js';
import { op } from './op.js';
import { optimizer, schedule } from './optimizer.js';

export interface Kind {
  /** Throws where a result differs, NotImplemented where there is nothing to run. */
  run(golden: GoldenCase, precision: Precision): void | Promise<void>;
  /** Both where it is not given. */
  precisions?: Precision[];
}

export const kinds: Record<string, Kind> = {
  activation,
  augmentation,
  callback,
  constraint,
  data: dataKind,
  initializer,
  layer,
  loss,
  metric,
  model,
  op,
  optimizer,
  regularizer,
  schedule,
};
