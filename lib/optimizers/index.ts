/** The `optimizers` namespace. */
import { Adafactor, adafactor } from './adafactor.js';
import { Adagrad, Adadelta, adagrad, adadelta } from './adagrad.js';
import { Adam, AdamW, adam, adamW } from './adam.js';
import { Adamax, Nadam, adamax, nadam } from './adamax.js';
import { Ftrl, ftrl } from './ftrl.js';
import { Lamb, lamb } from './lamb.js';
import { Lion, lion } from './lion.js';
import { LossScaleOptimizer } from './loss-scale.js';
import { MultiOptimizer } from './multi.js';
import { Muon, muon } from './muon.js';
import { RMSprop, rmsprop } from './rmsprop.js';
import { ScheduleFreeAdamW, scheduleFreeAdamW } from './schedule-free.js';
import { SGD, sgd } from './sgd.js';
import { factories, registry } from './registry.js';

export { Optimizer, type OptimizerOptions, type SlotSpec } from './optimizer.js';
export { ComposedOptimizer } from './kernel.js';
export { get, get as deserialize, type OptimizerIdentifier, type OptimizerName } from './registry.js';
export { Adafactor, adafactor, type AdafactorOptions } from './adafactor.js';
export { Adagrad, Adadelta, adagrad, adadelta, type AdagradOptions, type AdadeltaOptions } from './adagrad.js';
export { Adam, AdamW, adam, adamW, type AdamOptions } from './adam.js';
export { Adamax, Nadam, adamax, nadam, type AdamaxOptions } from './adamax.js';
export { Ftrl, ftrl, type FtrlOptions } from './ftrl.js';
export { Lamb, lamb, type LambOptions } from './lamb.js';
export { Lion, lion, type LionOptions } from './lion.js';
export { LossScaleOptimizer, lossScaleOptimizer, type LossScaleOptions } from './loss-scale.js';
export { MultiOptimizer, multiOptimizer, type MultiOptimizerOptions, type OptimizerMap } from './multi.js';
export { Muon, muon, type MuonOptions } from './muon.js';
export { RMSprop, rmsprop, type RMSpropOptions } from './rmsprop.js';
export { ScheduleFreeAdamW, scheduleFreeAdamW, type ScheduleFreeAdamWOptions } from './schedule-free.js';
export { SGD, sgd, type SGDOptions } from './sgd.js';

registry.add('Adafactor', (config) => new Adafactor(config), 'adafactor');
registry.add('Adagrad', (config) => new Adagrad(config), 'adagrad');
registry.add('Adadelta', (config) => new Adadelta(config), 'adadelta');
registry.add('Adam', (config) => new Adam(config), 'adam');
registry.add('AdamW', (config) => new AdamW(config), 'adamW', 'adamw');
registry.add('Adamax', (config) => new Adamax(config), 'adamax');
registry.add('Nadam', (config) => new Nadam(config), 'nadam');
registry.add('Ftrl', (config) => new Ftrl(config), 'ftrl');
registry.add('Lamb', (config) => new Lamb(config), 'lamb');
registry.add('Lion', (config) => new Lion(config), 'lion');
registry.add('LossScaleOptimizer', (config) => new LossScaleOptimizer(config as never));
registry.add('MultiOptimizer', (config) => new MultiOptimizer(config as never));
registry.add('Muon', (config) => new Muon(config), 'muon');
registry.add('RMSprop', (config) => new RMSprop(config), 'rmsprop');
registry.add('ScheduleFreeAdamW', (config) => new ScheduleFreeAdamW(config), 'scheduleFreeAdamW');
registry.add('SGD', (config) => new SGD(config), 'sgd');

for (const [name, make] of Object.entries({
  adafactor,
  adagrad,
  adadelta,
  adam,
  adamW,
  adamax,
  nadam,
  ftrl,
  lamb,
  lion,
  muon,
  rmsprop,
  scheduleFreeAdamW,
  sgd,
}))
  factories.set(make, name);
export { serialize } from '../options/index.js';
