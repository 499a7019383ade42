import ts from 'typescript';

/** A file of the repository, its path relative to the root, with `/`. */
export interface SourceText {
  readonly path: string;
  readonly text: string;
}

/** An `import`, `import type`, `import()`, `import('…')` type, `require()` or `export … from`. */
interface ImportSite {
  /** Undefined when the target is computed, so that nobody can tell it from the text. */
  readonly specifier: string | undefined;
  readonly line: number;
}

export interface ParsedSource {
  readonly path: string;
  readonly imports: readonly ImportSite[];
  /** Lines with `export * from`. */
  readonly starExports: readonly number[];
  /** Lines that call, pass on or alias `JSON.parse`. */
  readonly jsonParses: readonly number[];
}

export function parseSource({ path, text }: SourceText): ParsedSource {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
  const imports: ImportSite[] = [];
  const starExports: number[] = [];
  const jsonParses: number[] = [];
  const visit = (node: ts.Node): void => {
    const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
    const target = importTarget(node);
    if (target) imports.push({ specifier: ts.isStringLiteralLike(target) ? target.text : undefined, line });
    if (ts.isExportDeclaration(node) && target && !node.exportClause) starExports.push(line);
    if (touchesJsonParse(node, source)) jsonParses.push(line);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { path, imports, starExports, jsonParses };
}

/** The node that names what is imported, for a node that imports. */
function importTarget(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isExternalModuleReference(node)) return node.expression;
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : node.argument;
  if (!ts.isCallExpression(node)) return undefined;
  const called = node.expression;
  const loads = called.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(called) && called.text === 'require');
  return loads ? node.arguments[0] : undefined;
}

function touchesJsonParse(node: ts.Node, source: ts.SourceFile): boolean {
  const isJson = (part: ts.Node | undefined): boolean =>
    part !== undefined && ['JSON', 'globalThis.JSON'].includes(part.getText(source));
  if (ts.isPropertyAccessExpression(node)) return node.name.text === 'parse' && isJson(node.expression);
  if (ts.isElementAccessExpression(node)) return isJson(node.expression);
  return ts.isVariableDeclaration(node) && isJson(node.initializer);
}
