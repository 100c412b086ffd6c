/** Keras' spelling of configs, to ours and back. */
export { type Json, type JsonObject, kerasText } from './json.js';
export { compileFromKeras, type CompileSettings, compileToKeras, optimizerFromKeras, optimizerToKeras } from './compile.js';
export { fromKeras } from './read.js';
export { toKeras } from './write.js';
