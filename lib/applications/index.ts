/** The `applications` namespace: networks of the literature, with their layers, names and sizes as Keras has them. */
export { mobileNetV2, type MobileNetV2Options } from './mobilenet-v2.js';
export type { Application, ApplicationOptions } from './options.js';
export { preprocessInput, type PreprocessInputOptions } from './preprocess-input.js';
export { resnet50 } from './resnet50.js';
export { vgg16 } from './vgg16.js';
