/** The `datasets` namespace. */
export { cifar10, cifar10Classes, cifar100, cifar100Classes, cifar100Groups, type Cifar100Options } from './cifar.js';
export { digits } from './digits.js';
export { fashionMnist, fashionMnistClasses, type ImageSet, mnist } from './mnist.js';
export { cacheDirectory, type StoreOptions } from './store.js';
export {
  imdb,
  imdbWordIndex,
  reuters,
  type ReutersOptions,
  reutersTopics,
  reutersWordIndex,
  type TextOptions,
  type TextPart,
  type TextSet,
} from './text.js';
