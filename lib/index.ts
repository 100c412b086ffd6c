/** The public surface of node-cudnn, and nothing else. */
export * as activations from './activations/index.js';
export * as applications from './applications/index.js';
export { capture } from './autodiff/capture.js';
export { customGradient, grad, valueAndGrad } from './autodiff/grad.js';
export * as callbacks from './callbacks/index.js';
export * as config from './layers/config.js';
export * as constraints from './constraints/index.js';
export * as data from './data/index.js';
export * as datasets from './datasets/index.js';
export {
  device,
  memory,
  releaseMemory,
  setDevice,
  setMemoryLimit,
  type DeviceInfo,
  type DeviceName,
  type DeviceOptions,
  type MemoryInfo,
} from './device.js';
export * from './errors.js';
export * as initializers from './initializers/index.js';
export * as layers from './layers/index.js';
export { setFloatx, setImageDataFormat } from './layers/defaults.js';
export { Layer } from './layers/layer.js';
export * as losses from './losses/index.js';
export * as metrics from './metrics/index.js';
export { input } from './models/input.js';
export { Model } from './models/model.js';
export type { StepData, StepLogs, StepResult } from './models/stepping.js';
export { Functional, model } from './models/functional.js';
export { sequential, Sequential } from './models/sequential.js';
export * as ops from './ops/index.js';
export * as optimizers from './optimizers/index.js';
export * as plot from './plot/index.js';
export * as preprocessing from './preprocessing/index.js';
export * as regularizers from './regularizers/index.js';
export { loadModel, modelFromJSON, type CustomObjects, type ExportOptions, type LoadOptions, type SaveOptions } from './saving/index.js';
export * as schedules from './schedules/index.js';
export { scalar, tensor, type NestedArray, type TensorLike } from './tensor/create.js';
export type { DType, TypedArray } from './tensor/dtype.js';
export { tidy } from './tensor/scope.js';
export { Tensor } from './tensor/tensor.js';
export { Variable, variable } from './tensor/variable.js';
export type { Shape } from './types/index.js';
export * as utils from './utils/index.js';
