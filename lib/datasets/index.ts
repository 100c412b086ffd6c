/** The `datasets` namespace. */
export { digits } from './digits.js';
export { fashionMnist, fashionMnistClasses, type ImageSet, mnist } from './mnist.js';
export { cacheDirectory, type StoreOptions } from './store.js';
