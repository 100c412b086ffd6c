/** What TensorFlow.js 4 can make of a config: other layers, and options that it passes over, are refused instead of computing something else. */
import { ArgumentError } from '../../errors.js';
import type { Json, JsonObject } from '../../keras/index.js';

const LAYERS = new Set(
  `Activation Add AlphaDropout Average AveragePooling1D AveragePooling2D AveragePooling3D BatchNormalization Bidirectional CenterCrop
Concatenate Conv1D Conv2D Conv2DTranspose Conv3D Conv3DTranspose ConvLSTM2D Cropping2D Dense DepthwiseConv2D Dot Dropout ELU Embedding
Flatten Functional GRU GaussianDropout GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D GlobalMaxPooling1D
GlobalMaxPooling2D InputLayer LSTM LayerNormalization LeakyReLU Masking MaxPooling1D MaxPooling2D MaxPooling3D Maximum Minimum Multiply
PReLU Permute ReLU RepeatVector Rescaling Reshape Resizing SeparableConv2D Sequential SimpleRNN Softmax SpatialDropout1D
TimeDistributed UpSampling2D ZeroPadding2D`.split(/\s+/),
);

const ACTIVATIONS = new Set('elu selu relu relu6 linear sigmoid softplus softsign tanh softmax log_softmax gelu mish swish'.split(' '));

/** Options that must have this value, by class; `*`: of every class. */
const FIXED: Readonly<Record<string, Readonly<Record<string, Json>>>> = {
  '*': { groups: 1, keepdims: false, dtype: 'float32', output_padding: null },
  ReLU: { negative_slope: 0, threshold: 0 },
  ELU: { alpha: 1 },
  GRU: { reset_after: false },
  Conv2DTranspose: { dilation_rate: [1, 1] },
  Conv3DTranspose: { dilation_rate: [1, 1, 1] },
  Resizing: { crop_to_aspect_ratio: false, pad_to_aspect_ratio: false, antialias: false },
};

/** Refuses a layer (its class and its options in Keras' spelling) that TensorFlow.js does not have as it is here. */
export function checkSupported(where: string, className: string, config: JsonObject): void {
  const name = typeof config['name'] === 'string' ? config['name'] : className;
  if (!LAYERS.has(className)) {
    throw new ArgumentError({
      where,
      expected: 'layers that TensorFlow.js has',
      received: `${name}, of class ${className}`,
      hint: 'save as .keras or .onnx instead',
    });
  }
  if (config['padding'] === 'causal') {
    const hint = 'save as .keras or .onnx instead';
    throw new ArgumentError({
      where,
      expected: `another padding than causal in ${name}`,
      received: 'causal, which TensorFlow.js has not',
      hint,
    });
  }
  for (const [option, wanted] of Object.entries({ ...FIXED['*'], ...FIXED[className] })) {
    const value = config[option];
    if (
      value === undefined ||
      value === null ||
      (className === 'InputLayer' && option === 'dtype') ||
      JSON.stringify(value) === JSON.stringify(wanted)
    )
      continue;
    throw new ArgumentError({
      where,
      expected: `${option} ${JSON.stringify(wanted)} in ${name}, as TensorFlow.js has nothing else`,
      received: JSON.stringify(value),
      hint: 'save as .keras or .onnx instead',
    });
  }
}

/** The name that TensorFlow.js has for an activation. */
export function activationName(where: string, name: string): string {
  const theirs = name === 'silu' ? 'swish' : name;
  if (ACTIVATIONS.has(theirs)) return theirs;
  throw new ArgumentError({
    where,
    expected: `an activation that TensorFlow.js has (${[...ACTIVATIONS].join(', ')})`,
    received: name,
    hint: name === 'hard_sigmoid' ? 'its own hard_sigmoid is another function, that of Keras 2' : 'save as .keras or .onnx instead',
  });
}
