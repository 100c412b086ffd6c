/** The `plot` namespace: pictures as .png and .svg files. */
export { history, type HistoryLike } from './history.js';
export { images, type ImagesOptions } from './images.js';
