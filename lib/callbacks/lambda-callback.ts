/** Functions as a callback. Source: Keras 3, `keras.callbacks.LambdaCallback`. */
import { ArgumentError } from '../errors.js';
import { describe, nearest } from '../options/index.js';
import { Callback } from './callback.js';

type HookNames = { [K in keyof Callback]: K extends `on${string}` ? K : never }[keyof Callback];

/** The hooks to call; each has the arguments of the hook of that name. */
export type LambdaHooks = { [H in HookNames]?: Callback[H] };

const known = Object.getOwnPropertyNames(Callback.prototype).filter((name) => name.startsWith('on'));

export class LambdaCallback extends Callback {
  readonly className = 'LambdaCallback';

  constructor(hooks: LambdaHooks) {
    super();
    for (const [name, hook] of Object.entries(hooks)) {
      if (!known.includes(name)) {
        const near = nearest(name, known);
        throw new ArgumentError({
          where: 'lambdaCallback',
          expected: `hooks (${known.join(', ')})`,
          received: `'${name}'`,
          hint: near && `did you mean ${near}?`,
        });
      }
      if (typeof hook !== 'function')
        throw new ArgumentError({ where: `lambdaCallback ${name}`, expected: 'a function', received: describe(hook) });
    }
    Object.assign(this, hooks);
  }
}

/**
 * A callback made of functions.
 *
 * @example
 * callbacks.lambdaCallback({ onEpochEnd: (epoch, logs) => console.log(epoch, logs.loss) });
 */
export function lambdaCallback(hooks: LambdaHooks): LambdaCallback {
  return new LambdaCallback(hooks);
}
