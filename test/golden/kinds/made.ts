import { ArgumentError } from '../../../lib/index.js';
import { type GoldenCase, NotImplemented } from '../format.js';

/** Makes an object of the case's class; a class that is not known is not implemented, everything else is a failure. */
export function implemented<T>(golden: GoldenCase, make: () => T, name = golden['class'] as string): T {
  try {
    return make();
  } catch (error) {
    // Unknown names are refused with the list of the known ones, in the words of the registries.
    if (error instanceof ArgumentError && error.received === `'${name}'`) throw new NotImplemented(name);
    throw error;
  }
}
