/** `ops.image`: images as tensors. */
export * from './colour.js';
export * from './patches.js';
export * from './resize.js';
export { affineTransform, type AffineTransformOptions, type FillMode, mapCoordinates, type MapCoordinatesOptions } from './sample.js';
