/** The namespace `initializers`: first values of weights. */
export { constant, identity, ones, zeros } from './constant.js';
export {
  get,
  get as deserialize,
  Initializer,
  initializer,
  type InitializerFunction,
  type InitializerLike,
  type InitializerName,
  initializerRegistry,
} from './initializer.js';
export { orthogonal } from './orthogonal.js';
export {
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
  type NormalOptions,
  randomNormal,
  randomUniform,
  type RandomUniformOptions,
  type SeedOptions,
  truncatedNormal,
  varianceScaling,
  type VarianceScalingOptions,
} from './random.js';
export { stft, type StftOptions, type StftScaling } from './stft.js';
export { serialize } from '../options/index.js';
