/** Where single classes of Keras differ from the rule in what they write. */
import type { Json } from './json.js';

/** Options of Keras that stand for nothing here, with the values that change nothing; '*': any value. */
export const NOTHING: Readonly<Record<string, readonly Json[] | '*'>> = {
  quantization_config: [null],
  lora_rank: [null],
  lora_alpha: [null],
  synchronized: [false],
  sparse: [false],
  ragged: [false],
  optional: [false],
  input_length: '*',
  rms_scaling: [false],
  ignore_class: [null],
  // Older Keras
  batch_input_shape: '*',
  implementation: '*',
  time_major: [false],
  fused: '*',
  renorm: [false],
  virtual_batch_size: [null],
  adjustment: [null],
  renorm_clipping: '*',
  renorm_momentum: '*',
  experimental_sync: '*',
  _use_input_spec_as_call_signature: '*',
};

type Adds = Readonly<Record<string, Json>>;

const QUANTIZED: Adds = { quantization_config: null };
const REGULARIZED: Adds = { activity_regularizer: null };

/** What Keras writes beside our options. */
export const ADDS: Readonly<Record<string, Adds>> = {
  Dense: QUANTIZED,
  EinsumDense: QUANTIZED,
  Embedding: QUANTIZED,
  ReversibleEmbedding: QUANTIZED,
  BatchNormalization: { synchronized: false },
  GRU: REGULARIZED,
  LSTM: REGULARIZED,
  SimpleRNN: REGULARIZED,
  ConvLSTM1D: REGULARIZED,
  ConvLSTM2D: REGULARIZED,
  ConvLSTM3D: REGULARIZED,
  MultiHeadAttention: REGULARIZED,
  GroupedQueryAttention: REGULARIZED,
  GroupQueryAttention: REGULARIZED,
  LayerNormalization: { rms_scaling: false },
  Discretization: { sparse: false },
  IntegerLookup: { sparse: false },
};

/** What Keras does not write. */
export const OMITS: Readonly<Record<string, readonly string[]>> = {
  SimpleRNN: ['seed'],
  RandomGrayscale: ['seed'],
  Discretization: ['trainable'],
  SpatialDropout1D: ['trainable'],
  SpatialDropout2D: ['trainable'],
  SpatialDropout3D: ['trainable'],
  Identity: ['gain'],
};

/** Classes whose dtype is a name, not a policy. */
export const PLAIN_DTYPE = new Set(['InputLayer', 'Discretization', 'SpatialDropout1D', 'SpatialDropout2D', 'SpatialDropout3D']);

/** Layers without a `build` of their own, of which Keras keeps no shape. */
export const UNBUILT = new Set(
  `InputLayer Activation ActivityRegularization AlphaDropout AveragePooling1D AveragePooling2D AveragePooling3D Dropout ELU GaussianDropout
GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D
GlobalMaxPooling3D Identity LeakyReLU Masking MaxPooling1D MaxPooling2D MaxPooling3D ReLU Reshape Softmax SpatialDropout1D
SpatialDropout2D SpatialDropout3D UnitNormalization Lambda`.split(/\s+/),
);

/** Layers that take several arguments in Keras, one list here: the arguments' names in their order. A rest is a list. */
export const ARGUMENTS: Readonly<Record<string, { names: readonly string[]; rest?: boolean }>> = {
  MultiHeadAttention: { names: ['query', 'value', 'key'] },
  GroupedQueryAttention: { names: ['query', 'value', 'key'] },
  GroupQueryAttention: { names: ['query', 'value', 'key'] },
  ...Object.fromEntries(
    ['RNN', 'GRU', 'LSTM', 'SimpleRNN', 'Bidirectional', 'ConvLSTM1D', 'ConvLSTM2D', 'ConvLSTM3D'].map((name) => [
      name,
      { names: ['sequences', 'initial_state'], rest: true },
    ]),
  ),
  ...Object.fromEntries(
    ['GRUCell', 'LSTMCell', 'SimpleRNNCell', 'StackedRNNCells'].map((name) => [name, { names: ['inputs', 'states'], rest: true }]),
  ),
};

const MASKED = new Set(
  'BatchNormalization ConvLSTM1D ConvLSTM2D ConvLSTM3D GRU LSTM RNN SimpleRNN Bidirectional TimeDistributed GlobalAveragePooling1D Softmax Sequential Functional'.split(
    ' ',
  ),
);
const NOT_TRAINING = new Set(
  `AlphaDropout ConvLSTM1D ConvLSTM2D ConvLSTM3D Dropout GRU GaussianDropout GaussianNoise LSTM RNN SimpleRNN SpatialDropout1D
SpatialDropout2D SpatialDropout3D`.split(/\s+/),
);
const TRAINING = new Set(
  `AugMix AutoContrast CenterCrop ContrastLimitedAdaptiveHistogramEqualization CutMix MixUp RandAugment RandomBrightness
RandomColorDegeneration RandomColorJitter RandomContrast RandomCrop RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur
RandomGrayscale RandomHue RandomInvert RandomPerspective RandomPosterization RandomRotation RandomSaturation RandomSharpness RandomShear
RandomTranslation RandomZoom Resizing Solarization`.split(/\s+/),
);

/** The arguments that Keras notes of a call though nobody gave them, for `inputs` placeholders in it. */
export function notedArguments(className: string, inputs: number): Record<string, Json> {
  return {
    ...(NOT_TRAINING.has(className) && { training: false }),
    ...(TRAINING.has(className) && { training: true }),
    ...(MASKED.has(className) && { mask: className === 'Functional' && inputs > 1 ? Array.from({ length: inputs }, () => null) : null }),
  };
}
