/** The way from models to files: `lib/saving` knows models, so that it can be looked up only when it is needed, not imported. */

/** What writes and reads the files of models. The package is CommonJS: `require` gives the one instance that everyone has. */
export function saving(): typeof import('../saving/save.js') {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('../saving/save.js') as typeof import('../saving/save.js');
}
