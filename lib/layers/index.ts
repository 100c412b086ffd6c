/** The namespace `layers`: factories, the base class for layers of your own, and the way from configs to layers. */
export { activation, Activation, type ActivationOptions } from './activation.js';
export {
  additiveAttention,
  AdditiveAttention,
  type AdditiveAttentionOptions,
  attention,
  Attention,
  type AttentionOptions,
} from './attention/attention.js';
export {
  groupQueryAttention,
  GroupQueryAttention,
  type GroupQueryAttentionOptions,
  multiHeadAttention,
  MultiHeadAttention,
  type MultiHeadAttentionOptions,
} from './attention/multi-head.js';
export { batchNormalization, BatchNormalization, type BatchNormalizationOptions } from './batch-normalization.js';
export { concatenate, Concatenate, type ConcatenateOptions } from './concatenate.js';
export type { GlobalPoolingOptions } from './global-pooling.js';
export { averagePooling1d, AveragePooling1D, maxPooling1d, MaxPooling1D, type Pooling1dOptions } from './pooling1d.js';
export { averagePooling2d, AveragePooling2D, maxPooling2d, MaxPooling2D, type Pooling2dOptions } from './pooling2d.js';
export { averagePooling3d, AveragePooling3D, maxPooling3d, MaxPooling3D, type Pooling3dOptions } from './pooling3d.js';
export { conv1d, Conv1D, type Conv1dOptions } from './conv1d.js';
export { conv1dTranspose, Conv1DTranspose, type Conv1dTransposeOptions } from './conv1d-transpose.js';
export { conv2d, Conv2D, type Conv2dOptions } from './conv2d.js';
export { conv2dTranspose, Conv2DTranspose, type Conv2dTransposeOptions } from './conv2d-transpose.js';
export { conv3d, Conv3D, type Conv3dOptions } from './conv3d.js';
export { conv3dTranspose, Conv3DTranspose, type Conv3dTransposeOptions } from './conv3d-transpose.js';
export { cropping1d, Cropping1D, type Cropping1dOptions } from './cropping1d.js';
export { cropping2d, Cropping2D, type Cropping2dOptions } from './cropping2d.js';
export { cropping3d, Cropping3D, type Cropping3dOptions } from './cropping3d.js';
export { depthwiseConv1d, DepthwiseConv1D, type DepthwiseConv1dOptions } from './depthwise-conv1d.js';
export { depthwiseConv2d, DepthwiseConv2D, type DepthwiseConv2dOptions } from './depthwise-conv2d.js';
export { globalAveragePooling1d, GlobalAveragePooling1D, globalMaxPooling1d, GlobalMaxPooling1D } from './global-pooling1d.js';
export { globalAveragePooling2d, GlobalAveragePooling2D, globalMaxPooling2d, GlobalMaxPooling2D } from './global-pooling2d.js';
export { globalAveragePooling3d, GlobalAveragePooling3D, globalMaxPooling3d, GlobalMaxPooling3D } from './global-pooling3d.js';
export { separableConv1d, SeparableConv1D, type SeparableConv1dOptions } from './separable-conv1d.js';
export { separableConv2d, SeparableConv2D, type SeparableConv2dOptions } from './separable-conv2d.js';
export { upSampling1d, UpSampling1D, type UpSampling1dOptions } from './up-sampling1d.js';
export { upSampling2d, UpSampling2D, type UpSampling2dOptions } from './up-sampling2d.js';
export { upSampling3d, UpSampling3D, type UpSampling3dOptions } from './up-sampling3d.js';
export { zeroPadding1d, ZeroPadding1D, type ZeroPadding1dOptions } from './zero-padding1d.js';
export { zeroPadding2d, ZeroPadding2D, type ZeroPadding2dOptions } from './zero-padding2d.js';
export { zeroPadding3d, ZeroPadding3D, type ZeroPadding3dOptions } from './zero-padding3d.js';
export { dense, Dense, type DenseOptions } from './dense.js';
export { dropout, Dropout, type DropoutOptions } from './dropout.js';
export { activityRegularization, ActivityRegularization, type ActivityRegularizationOptions } from './activity-regularization.js';
export { centerCrop, CenterCrop, type CenterCropOptions } from './center-crop.js';
export { dot, Dot, type DotOptions } from './dot.js';
export { einsumDense, EinsumDense, type EinsumDenseOptions } from './einsum-dense.js';
export { repeatVector, RepeatVector, type RepeatVectorOptions } from './repeat-vector.js';
export { resizing, Resizing, type ResizingOptions } from './resizing.js';
export { type AdaptData } from './adapt.js';
export { categoryEncoding, CategoryEncoding, type CategoryEncodingOptions } from './category-encoding.js';
export { discretization, Discretization, type DiscretizationOptions } from './discretization.js';
export { melSpectrogram, MelSpectrogram, type MelMatrixOptions, type MelSpectrogramOptions } from './mel-spectrogram.js';
export { integerLookup, IntegerLookup, type IntegerLookupOptions, type LookupMode } from './integer-lookup.js';
export { normalization, Normalization, type NormalizationOptions } from './normalization.js';
export {
  adaptiveAveragePooling1d,
  AdaptiveAveragePooling1D,
  adaptiveMaxPooling1d,
  AdaptiveMaxPooling1D,
  type AdaptivePooling1dOptions,
} from './adaptive-pooling1d.js';
export {
  adaptiveAveragePooling2d,
  AdaptiveAveragePooling2D,
  adaptiveMaxPooling2d,
  AdaptiveMaxPooling2D,
  type AdaptivePooling2dOptions,
} from './adaptive-pooling2d.js';
export {
  adaptiveAveragePooling3d,
  AdaptiveAveragePooling3D,
  adaptiveMaxPooling3d,
  AdaptiveMaxPooling3D,
  type AdaptivePooling3dOptions,
} from './adaptive-pooling3d.js';
export { embedding, Embedding, type EmbeddingOptions } from './embedding.js';
export { flatten, Flatten, type FlattenOptions } from './flatten.js';
export { groupNormalization, GroupNormalization, type GroupNormalizationOptions } from './group-normalization.js';
export { identity, Identity } from './identity.js';
export { inputLayer, InputLayer, type InputLayerOptions, type InputOptions } from './input-layer.js';
export { lambda, Lambda, type LambdaFunction, type LambdaOptions } from './lambda.js';
export {
  layerNormalization,
  LayerNormalization,
  type LayerNormalizationOptions,
  rmsNormalization,
  RMSNormalization,
  type RMSNormalizationOptions,
  unitNormalization,
  UnitNormalization,
  type UnitNormalizationOptions,
} from './layer-normalization.js';
export { type CallOptions, Layer, type LayerOptions } from './layer.js';
export { masking, Masking, type MaskingOptions } from './masking.js';
export { add, average, Average, maximum, Merge, minimum, multiply, subtract, Subtract } from './merge.js';
export {
  alphaDropout,
  AlphaDropout,
  gaussianDropout,
  GaussianDropout,
  gaussianNoise,
  GaussianNoise,
  type GaussianNoiseOptions,
  type RateOptions,
  spatialDropout1d,
  SpatialDropout1D,
  spatialDropout2d,
  SpatialDropout2D,
  spatialDropout3d,
  SpatialDropout3D,
  type SpatialDropoutOptions,
} from './noise.js';
export { pipeline, Pipeline, type PipelineOptions } from './pipeline.js';
export { permute, Permute, type PermuteOptions } from './permute.js';
export { prelu, PReLU, type PReLUOptions } from './prelu.js';
export {
  autoContrast,
  AutoContrast,
  type AutoContrastOptions,
  equalization,
  Equalization,
  type EqualizationOptions,
} from './auto-contrast.js';
export {
  contrastLimitedAdaptiveHistogramEqualization,
  ContrastLimitedAdaptiveHistogramEqualization,
  type ContrastLimitedAdaptiveHistogramEqualizationOptions,
} from './contrast-limited-equalization.js';
export { randomColorJitter, RandomColorJitter, type RandomColorJitterOptions } from './random-color-jitter.js';
export {
  randomColorDegeneration,
  RandomColorDegeneration,
  randomGrayscale,
  RandomGrayscale,
  type RandomGrayscaleOptions,
  randomHue,
  RandomHue,
  randomSaturation,
  RandomSaturation,
} from './random-colour.js';
export { randomCrop, RandomCrop, type RandomCropOptions } from './random-crop.js';
export { randomErasing, RandomErasing, type RandomErasingOptions } from './random-erasing.js';
export { type RandomChanceOptions, type RandomFactorOptions } from './random-factor.js';
export { randomFlip, RandomFlip, type RandomFlipOptions } from './random-flip.js';
export { randomGaussianBlur, RandomGaussianBlur, type RandomGaussianBlurOptions } from './random-gaussian-blur.js';
export { RandomImage, type RandomImageOptions, MovedImage, type MovedImageOptions, type Range } from './random-image.js';
export { randomBrightness, RandomBrightness, randomContrast, RandomContrast, type RandomLightOptions } from './random-light.js';
export { augMix, AugMix, type AugMixOptions } from './aug-mix.js';
export { cutMix, CutMix, type CutMixOptions } from './cut-mix.js';
export { mixUp, MixUp, type MixUpOptions } from './mix-up.js';
export { randAugment, RandAugment, type RandAugmentOptions } from './rand-augment.js';
export { randomElasticTransform, RandomElasticTransform, type RandomElasticTransformOptions } from './random-elastic-transform.js';
export { randomPerspective, RandomPerspective, type RandomPerspectiveOptions } from './random-perspective.js';
export { randomRotation, RandomRotation, type RandomRotationOptions } from './random-rotation.js';
export { randomShear, RandomShear, type RandomShearOptions } from './random-shear.js';
export { randomTranslation, RandomTranslation, type RandomTranslationOptions } from './random-translation.js';
export { randomInvert, RandomInvert, randomPosterization, RandomPosterization, randomSharpness, RandomSharpness } from './random-values.js';
export { solarization, Solarization, type SolarizationOptions } from './solarization.js';
export { randomZoom, RandomZoom, type RandomZoomOptions } from './random-zoom.js';
export * from './recurrent/index.js';
export { fromConfig, type LayerClass, registerLayer } from './registry.js';
export { elu, ELU, type ELUOptions, leakyRelu, LeakyReLU, type LeakyReLUOptions, relu, ReLU, type ReLUOptions } from './relu.js';
export { reversibleEmbedding, ReversibleEmbedding, type ReversibleEmbeddingOptions } from './reversible-embedding.js';
export { rescaling, Rescaling, type RescalingOptions } from './rescaling.js';
export { reshape, Reshape, type ReshapeOptions } from './reshape.js';
export { stftSpectrogram, STFTSpectrogram, type StftMode, type STFTSpectrogramOptions } from './stft-spectrogram.js';
export { softmax, Softmax, type SoftmaxOptions } from './softmax.js';
export { spectralNormalization, SpectralNormalization, type SpectralNormalizationOptions } from './spectral-normalization.js';
export { type BatchShape, type Shapes, SymbolicTensor } from './symbolic.js';
export { Weight, type WeightLike, type WeightOptions, type WeightValue } from './weight.js';
export { Wrapper } from './wrapper.js';
export { serialize } from '../options/index.js';

// Keras' other names.
export { conv1d as convolution1d } from './conv1d.js';
export { conv1dTranspose as convolution1dTranspose } from './conv1d-transpose.js';
export { maxPooling1d as maxPool1d, averagePooling1d as avgPool1d } from './pooling1d.js';
export { globalMaxPooling1d as globalMaxPool1d, globalAveragePooling1d as globalAvgPool1d } from './global-pooling1d.js';
export { separableConv1d as separableConvolution1d } from './separable-conv1d.js';
export { conv2d as convolution2d } from './conv2d.js';
export { conv2dTranspose as convolution2dTranspose } from './conv2d-transpose.js';
export { maxPooling2d as maxPool2d, averagePooling2d as avgPool2d } from './pooling2d.js';
export { globalMaxPooling2d as globalMaxPool2d, globalAveragePooling2d as globalAvgPool2d } from './global-pooling2d.js';
export { separableConv2d as separableConvolution2d } from './separable-conv2d.js';
export { conv3d as convolution3d } from './conv3d.js';
export { conv3dTranspose as convolution3dTranspose } from './conv3d-transpose.js';
export { maxPooling3d as maxPool3d, averagePooling3d as avgPool3d } from './pooling3d.js';
export { globalMaxPooling3d as globalMaxPool3d, globalAveragePooling3d as globalAvgPool3d } from './global-pooling3d.js';
export { fromConfig as deserialize } from './registry.js';
