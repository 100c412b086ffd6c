/** What the library's types say that a function takes, for names that no object at run time has. */
import { join, resolve } from 'node:path';
import ts from 'typescript';

const root = resolve(__dirname, '../..');

/** The names that something may be called with: its parameters', and those of the options that they take. */
export type Taken = ReadonlySet<string>;

export interface Declared {
  /** What a path such as `ops.image.resize` or `Model.fit` takes; undefined where there is none such or it is no function. */
  taken(path: string): Taken | undefined;
  /** Whether there is something of this path: an export, or a property or method of an exported class. */
  has(path: string): boolean;
}

function namesOf(checker: ts.TypeChecker, signatures: readonly ts.Signature[], at: ts.Node): Taken {
  const names = new Set<string>();
  for (const signature of signatures) {
    for (const parameter of signature.parameters) {
      names.add(parameter.name);
      const type = checker.getTypeOfSymbolAtLocation(parameter, at);
      for (const one of type.isUnion() ? type.types : [type]) {
        // Options are objects that are no instances of classes and no lists.
        if (!(one.flags & ts.TypeFlags.Object) && !one.isIntersection()) continue;
        if (one.getCallSignatures().length > 0 || checker.isArrayLikeType(one) || one.isClass()) continue;
        for (const property of checker.getPropertiesOfType(one)) names.add(property.name);
      }
    }
  }
  return names;
}

/** Reads `lib/index.ts` with the compiler. */
export function declared(): Declared {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as { config: unknown };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const entry = join(root, 'lib/index.ts');
  const program = ts.createProgram([entry], { ...options, noEmit: true });
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(entry)!;

  const resolved = (symbol: ts.Symbol): ts.Symbol => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);

  function member(symbol: ts.Symbol, name: string): ts.Symbol | undefined {
    if (symbol.flags & ts.SymbolFlags.Class) {
      const ofInstances = checker.getPropertyOfType(checker.getDeclaredTypeOfSymbol(symbol), name);
      return ofInstances ?? checker.getPropertyOfType(checker.getTypeOfSymbolAtLocation(symbol, file), name);
    }
    return checker.getExportsOfModule(symbol).find((one) => one.name === name);
  }

  function find(path: string): ts.Symbol | undefined {
    let at: ts.Symbol | undefined = checker.getSymbolAtLocation(file);
    for (const name of path.split('.')) {
      at = at && member(at, name);
      at &&= resolved(at);
    }
    return at;
  }

  return {
    has: (path) => find(path) !== undefined,
    taken(path) {
      const symbol = find(path);
      if (!symbol) return undefined;
      const type = checker.getTypeOfSymbolAtLocation(symbol, file);
      const signatures = [...type.getCallSignatures(), ...type.getConstructSignatures()];
      return signatures.length === 0 ? undefined : namesOf(checker, signatures, file);
    },
  };
}
