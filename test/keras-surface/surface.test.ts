/**
 * Every public name of Keras 3.15 is here in camelCase, takes the same options and begins with the same defaults, or is in exceptions.ts with
 * the reason, which the page for those who come from Keras has too. surface.json is what surface.py wrote of Keras itself.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { missingMembers, missingNames, missingOptions, otherDefaults, type Surface } from './compare.js';
import { type Declared, declared } from './declared.js';
import { covers, DEFAULTS, type Exceptions, MEMBERS, NAMES, OPTIONS } from './exceptions.js';
import { PAGE, updated } from './page.js';

const surface = JSON.parse(readFileSync(path.join(__dirname, 'surface.json'), 'utf8')) as Surface;

function check(found: readonly string[], exceptions: readonly Exceptions[]): void {
  const patterns = exceptions.flatMap(({ names }) => names);
  const unexplained = found.filter((one) => !patterns.some((pattern) => covers(pattern, one)));
  assert.deepEqual(unexplained, [], 'neither here nor explained');
  const stale = patterns.filter((pattern) => !found.some((one) => covers(pattern, one)));
  assert.deepEqual(stale, [], 'explained, but nothing of the kind is missing');
}

describe('the surface of Keras', function () {
  this.timeout(120_000);
  let types: Declared;
  before(() => (types = declared()));

  it('has its names', () => check(missingNames(surface), NAMES));
  it('has its options', () => check(missingOptions(surface, types), OPTIONS));
  it('has the members of its classes', () => check(missingMembers(surface, types), MEMBERS));
  it('has its defaults', () => check(otherDefaults(surface), DEFAULTS));

  it('is as the page says', () => {
    const page = readFileSync(PAGE, 'utf8');
    assert.equal(page, updated(page), 'run npx tsx test/keras-surface/page.ts');
  });

  it('would tell a missing name, option, member and another default', () => {
    const wrong: Surface = {
      ...surface,
      modules: {
        layers: {
          Densest: { class: [] },
          Dense: {
            class: [['units'], ['glossy', true]],
            with: { units: 4 },
            config: { ...surface.modules['layers']!['Dense']!.config, use_bias: false },
          },
        },
      },
      members: { Model: { fit: [['x'], ['batch_sise', null]], train: null } },
    };
    assert.deepEqual(missingNames(wrong), ['layers.Densest']);
    assert.deepEqual(missingOptions(wrong, types), ['layers.Dense(glossy)']);
    assert.deepEqual(missingMembers(wrong, types), ['Model.fit(batch_sise)', 'Model.train']);
    assert.deepEqual(otherDefaults(wrong), ['layers.Dense(use_bias): false, true']);
  });
});
