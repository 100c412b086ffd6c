/** The declaration files that the package ships: complete without the sources, and as exact as they are. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import ts from 'typescript';

const root = resolve(__dirname, '../..');

const user = `import { input, layers, model, sequential, type Tensor } from './dist/index.js';
const net = sequential([28, 28, 1]).add(layers.conv2d(32, 3)).add(layers.flatten()).add(layers.dense(10));
declare const images: Tensor<[number, 28, 28, 1]>;
export const out: Promise<Tensor<[number, 10]>> = net.predict(images);
const x = input([28, 28, 1]);
export const probe = model(x, layers.conv2d(8, 3).apply(x));
sequential([4, 4, 1]).add(layers.conv2d(8, 5));
`;

function options(more: ts.CompilerOptions): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  return { ...ts.parseJsonConfigFileContent(config, ts.sys, root).options, ...more };
}

describe('declaration files', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'node-cudnn-declarations-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('type-check in a strict project that checks its libraries, with the same inference and errors', function () {
    this.timeout(240_000);
    const emit = options({
      declaration: true,
      emitDeclarationOnly: true,
      noEmit: false,
      rootDir: join(root, 'lib'),
      outDir: join(folder, 'dist'),
    });
    ts.createProgram([join(root, 'lib/index.ts')], emit).emit();
    cpSync(join(root, 'typings'), join(folder, 'typings'), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'user.ts'), user);
    // the declarations of other packages are not ours to check
    const program = ts.createProgram(
      [join(folder, 'user.ts')],
      options({ skipLibCheck: false, paths: {}, typeRoots: [join(root, 'node_modules/@types')] }),
    );
    const found = program
      .getSourceFiles()
      .filter(({ fileName }) => fileName.startsWith(folder) && !fileName.includes('node_modules'))
      .flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)])
      .map(({ file, start, messageText }) => {
        const { line } = file!.getLineAndCharacterOfPosition(start ?? 0);
        return `${file!.fileName.slice(folder.length + 1)}:${line + 1} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
      });
    assert.equal(found.length, 1, found.join('\n'));
    assert.match(
      found[0]!,
      /^user\.ts:7 .*"conv2d: kernel 5x5 does not fit the input \[4, 4, 1\]; use padding 'same' or a smaller kernel"/,
    );
  });
});
