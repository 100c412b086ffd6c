/** The namespace `layers`: factories, the base class for layers of your own, and the way from configs to layers. */
export { activation, Activation, type ActivationOptions } from './activation.js';
export { batchNormalization, BatchNormalization, type BatchNormalizationOptions } from './batch-normalization.js';
export { concatenate, Concatenate, type ConcatenateOptions } from './concatenate.js';
export { conv2dTranspose, Conv2DTranspose, type Conv2dTransposeOptions } from './conv2d-transpose.js';
export { conv2d, Conv2D, type Conv2dOptions } from './conv2d.js';
export { dense, Dense, type DenseOptions } from './dense.js';
export { depthwiseConv2d, DepthwiseConv2D, type DepthwiseConv2dOptions } from './depthwise-conv2d.js';
export { dropout, Dropout, type DropoutOptions } from './dropout.js';
export { embedding, Embedding, type EmbeddingOptions } from './embedding.js';
export { flatten, Flatten, type FlattenOptions } from './flatten.js';
export {
  globalAveragePooling2d,
  GlobalAveragePooling2D,
  globalMaxPooling2d,
  GlobalMaxPooling2D,
  type GlobalPooling2dOptions,
} from './global-pooling2d.js';
export { identity, Identity } from './identity.js';
export { inputLayer, InputLayer, type InputLayerOptions, type InputOptions } from './input-layer.js';
export { lambda, Lambda, type LambdaFunction, type LambdaOptions } from './lambda.js';
export { type CallOptions, Layer, type LayerOptions } from './layer.js';
export { masking, Masking, type MaskingOptions } from './masking.js';
export { add, average, Average, maximum, Merge, minimum, multiply, subtract, Subtract } from './merge.js';
export { permute, Permute, type PermuteOptions } from './permute.js';
export { averagePooling2d, AveragePooling2D, maxPooling2d, MaxPooling2D, type Pooling2dOptions } from './pooling2d.js';
export { prelu, PReLU, type PReLUOptions } from './prelu.js';
export { fromConfig, type LayerClass, registerLayer } from './registry.js';
export { elu, ELU, type ELUOptions, leakyRelu, LeakyReLU, type LeakyReLUOptions, relu, ReLU, type ReLUOptions } from './relu.js';
export { rescaling, Rescaling, type RescalingOptions } from './rescaling.js';
export { reshape, Reshape, type ReshapeOptions } from './reshape.js';
export { softmax, Softmax, type SoftmaxOptions } from './softmax.js';
export { type BatchShape, type Shapes, SymbolicTensor } from './symbolic.js';
export { Weight, type WeightLike, type WeightOptions, type WeightValue } from './weight.js';
export { zeroPadding2d, ZeroPadding2D, type ZeroPadding2dOptions } from './zero-padding2d.js';
export { serialize } from '../options/index.js';
