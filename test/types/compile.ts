/** Compiles snippets as an editor does, and compares what the compiler says with the comments in them. */
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';

const root = resolve(__dirname, '../..');

function compilerOptions(more: ts.CompilerOptions): ts.CompilerOptions {
  const file = join(root, 'tsconfig.json');
  const { config, error } = ts.readConfigFile(file, (path) => ts.sys.readFile(path));
  if (error) throw new Error(ts.flattenDiagnosticMessageText(error.messageText, '\n'));
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  return { ...options, noUnusedLocals: false, noUnusedParameters: false, ...more };
}

export interface Finding {
  line: number;
  text: string;
}

export interface Compiled {
  program: ts.Program;
  source(name: string): ts.SourceFile;
  /** Errors of one file, syntax included. */
  errors(name: string): Finding[];
  /** The type of the variable whose declaration covers a line, as an editor shows it. */
  typeOn(name: string, line: number): string | undefined;
}

/** `texts` are files that exist in memory only; their names are relative to the fixtures folder. */
export function compile(names: readonly string[], texts: Record<string, string> = {}, more: ts.CompilerOptions = {}): Compiled {
  const options = compilerOptions(more);
  const folder = join(__dirname, 'fixtures');
  const inMemory = new Map(Object.entries(texts).map(([name, text]) => [join(folder, name), text]));
  const host = ts.createCompilerHost(options, true);
  const onDisk = { ...host };
  host.readFile = (path) => inMemory.get(path) ?? onDisk.readFile(path);
  host.fileExists = (path) => inMemory.has(path) || onDisk.fileExists(path);
  host.getSourceFile = (path, languageVersion, ...rest) => {
    const text = inMemory.get(path);
    return text === undefined
      ? onDisk.getSourceFile(path, languageVersion, ...rest)
      : ts.createSourceFile(path, text, languageVersion, true);
  };
  host.getCurrentDirectory = () => dirname(folder);
  const program = ts.createProgram(
    [...names, ...Object.keys(texts)].map((name) => join(folder, name)),
    options,
    host,
  );
  const source = (name: string): ts.SourceFile => {
    const file = program.getSourceFile(join(folder, name));
    if (!file) throw new Error(`${name}: not part of the program`);
    return file;
  };
  const lineOf = (file: ts.SourceFile, position: number): number => file.getLineAndCharacterOfPosition(position).line + 1;
  return {
    program,
    source,
    errors(name) {
      const file = source(name);
      return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map((found) => ({
        line: lineOf(file, found.start ?? 0),
        text: ts.flattenDiagnosticMessageText(found.messageText, '\n'),
      }));
    },
    typeOn(name, line) {
      const file = source(name);
      const checker = program.getTypeChecker();
      let found: string | undefined;
      const visit = (node: ts.Node): void => {
        if (ts.isVariableDeclaration(node) && lineOf(file, node.getStart()) <= line && line <= lineOf(file, node.end)) {
          found ??= checker.typeToString(checker.getTypeAtLocation(node.name));
        }
        ts.forEachChild(node, visit);
      };
      visit(file);
      return found;
    },
  };
}

/** What a file's comments promise: `// @expect: words` an error on that line, `// @type: T` the type of the variable declared there. */
export function promises(text: string): { expect: Finding[]; types: Finding[] } {
  const expect: Finding[] = [];
  const types: Finding[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    const [, kind, words] = /\/\/ @(expect|type): (.*)$/.exec(line) ?? [];
    if (words !== undefined) (kind === 'expect' ? expect : types).push({ line: i + 1, text: words.trim() });
  }
  return { expect, types };
}
