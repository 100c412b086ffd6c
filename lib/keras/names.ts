/** Names of Keras and what they are here. */
import { camelCase } from '../layers/names.js';

/** Options whose values are words of the library, spelled like its names; all other texts are the user's. */
const WORDS = new Set([
  'activation',
  'recurrentActivation',
  'dataFormat',
  'mode',
  'distribution',
  'scoreMode',
  'outputMode',
  'mergeMode',
  'reduction',
  'average',
  'classAggregation',
]);

/** Whether the texts of an option are words of the library. */
export function isWord(key: string): boolean {
  return WORDS.has(key) || /(Initializer|Regularizer|Constraint)$/.test(key);
}

/** Options that do not follow the rule, ours and Keras'. */
const ODD: Readonly<Record<string, string>> = {
  beta1: 'beta_1',
  beta2: 'beta_2',
  adamBeta1: 'adam_beta_1',
  adamBeta2: 'adam_beta_2',
  beta2Decay: 'beta_2_decay',
  epsilon1: 'epsilon_1',
  epsilon2: 'epsilon_2',
};
const ODD_BACK = Object.fromEntries(Object.entries(ODD).map(([ours, theirs]) => [theirs, ours]));

/** Keras' name of an option. */
export function snake(name: string): string {
  return ODD[name] ?? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Our name of an option. */
export function camel(name: string): string {
  return ODD_BACK[name] ?? name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** A word of the library, as it is here. */
export function wordFromKeras(word: string): string {
  return camelCase(word);
}

/** Keras' layers, those among them that are spelled in other ways. */
const LAYERS = `Activation ActivityRegularization AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D
AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D Add AdditiveAttention AlphaDropout Attention AugMix AutoContrast Average
AveragePooling1D AveragePooling2D AveragePooling3D BatchNormalization Bidirectional CategoryEncoding CenterCrop Concatenate
ContrastLimitedAdaptiveHistogramEqualization Conv1D Conv1DTranspose Conv2D Conv2DTranspose Conv3D Conv3DTranspose ConvLSTM1D ConvLSTM2D
ConvLSTM3D Cropping1D Cropping2D Cropping3D CutMix Dense DepthwiseConv1D DepthwiseConv2D Discretization Dot Dropout ELU EinsumDense
Embedding Equalization Flatten GRU GRUCell GaussianDropout GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D
GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D GroupNormalization GroupQueryAttention
GroupedQueryAttention HashedCrossing Hashing Identity InputLayer IntegerLookup LSTM LSTMCell Lambda LayerNormalization LeakyReLU Masking
MaxNumBoundingBoxes MaxPooling1D MaxPooling2D MaxPooling3D Maximum MelSpectrogram Minimum MixUp MultiHeadAttention Multiply
Normalization PReLU Permute Pipeline RMSNormalization RNN RandAugment RandomBrightness RandomColorDegeneration RandomColorJitter
RandomContrast RandomCrop RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale RandomHue RandomInvert
RandomPerspective RandomPosterization RandomRotation RandomSaturation RandomSharpness RandomShear RandomTranslation RandomZoom ReLU
RepeatVector Rescaling Reshape Resizing ReversibleEmbedding STFTSpectrogram SeparableConv1D SeparableConv2D SimpleRNN SimpleRNNCell
Softmax Solarization SpatialDropout1D SpatialDropout2D SpatialDropout3D SpectralNormalization StackedRNNCells StringLookup Subtract
TextVectorization TimeDistributed UnitNormalization UpSampling1D UpSampling2D UpSampling3D Wrapper ZeroPadding1D ZeroPadding2D
ZeroPadding3D`.split(/\s+/);
const kerasLayers = new Set(LAYERS);

/** Whether a class of layers is Keras' own, as opposed to one of the user's. */
export function isKerasLayer(className: string): boolean {
  return kerasLayers.has(className);
}

/** Older names of classes. */
const OLDER: Readonly<Record<string, string>> = {
  Model: 'Functional',
  SyncBatchNormalization: 'BatchNormalization',
  BatchNormalizationV1: 'BatchNormalization',
  BatchNormalizationV2: 'BatchNormalization',
  CuDNNLSTM: 'LSTM',
  CuDNNGRU: 'GRU',
  LSTMV2: 'LSTM',
  GRUV2: 'GRU',
  Convolution1D: 'Conv1D',
  Convolution2D: 'Conv2D',
  Convolution3D: 'Conv3D',
  SeparableConvolution1D: 'SeparableConv1D',
  SeparableConvolution2D: 'SeparableConv2D',
  AvgPool1D: 'AveragePooling1D',
  AvgPool2D: 'AveragePooling2D',
  AvgPool3D: 'AveragePooling3D',
  MaxPool1D: 'MaxPooling1D',
  MaxPool2D: 'MaxPooling2D',
  MaxPool3D: 'MaxPooling3D',
};

/** The name that a class has now. */
export function currentClass(className: string): string {
  return Object.hasOwn(OLDER, className) ? OLDER[className]! : className;
}

/** Keras' module of a class, by the option that it stands under. */
export function moduleOf(key: string): string {
  if (key.endsWith('Initializer')) return 'keras.initializers';
  if (/[rR]egularizer$/.test(key)) return 'keras.regularizers';
  if (key.endsWith('Constraint')) return 'keras.constraints';
  if (key === 'learningRate') return 'keras.optimizers.schedules';
  if (/[oO]ptimizer$/.test(key)) return 'keras.optimizers';
  return 'keras.layers';
}
