/** The namespace `regularizers`: penalties on weights and activations. */
export { l1, l1l2, type L1L2Options, l2 } from './l1l2.js';
export { orthogonal, type OrthogonalOptions } from './orthogonal.js';
export {
  get,
  get as deserialize,
  Regularizer,
  regularizer,
  type RegularizerLike,
  type RegularizerName,
  regularizerRegistry,
} from './regularizer.js';
export { serialize } from '../options/index.js';
