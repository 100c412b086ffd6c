/** The namespace `config`: what layers take where they are not told. Source: Keras 3, `keras.config`. */
export { floatx, imageDataFormat, setFloatx, setImageDataFormat } from './defaults.js';
