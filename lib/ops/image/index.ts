/** `ops.image`: images as tensors. */
export * from './colour.js';
export { gaussianBlur, type GaussianBlurOptions, sobelEdges, ssim, type SsimOptions } from './filter.js';
export * from './patches.js';
export { type Interpolation, resize, type ResizeOptions } from './resize.js';
export { type ScaleMethod, scaleAndTranslate } from './scale.js';
export { affineTransform, type AffineTransformOptions, type FillMode, mapCoordinates, type MapCoordinatesOptions } from './sample.js';
export { elasticTransform, type ElasticTransformOptions, perspectiveTransform, type PerspectiveTransformOptions } from './warp.js';
