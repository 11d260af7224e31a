// Finds fixed sleeps in a test: a wait for a time where a test should wait for what it needs. A sleep is too short on a
// slow machine, where it fails what is right, or lets what is wrong come later than it looks.
// Guarantees that it finds a timer in the executor of a promise, a call of `node:timers/promises` by whatever name, and
// `pg_sleep`. A pause between two looks at a condition is no sleep: a `while`, a `do`, or a `for` that counts nothing.
import ts from 'typescript';

/** The lines of the sleeps in a source, from 1. */
export function fixedSleeps(source: string): number[] {
  const file = ts.createSourceFile('x.ts', source, ts.ScriptTarget.Latest, true);
  const sleepNames = namesFromTimers(file);
  const lines: number[] = [];
  const visit = (node: ts.Node): void => {
    if (isSleep(node, sleepNames) && !isBetweenLooks(node))
      lines.push(file.getLineAndCharacterOfPosition(node.getStart()).line + 1);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return lines;
}

/** What a source calls the exports of `node:timers/promises`. */
function namesFromTimers(file: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  for (const statement of file.statements) {
    if (!ts.isImportDeclaration(statement)) continue;
    const module = (statement.moduleSpecifier as ts.StringLiteral).text;
    if (!/^(node:)?timers\/promises$/.test(module)) continue;
    const bindings = statement.importClause?.namedBindings;
    if (bindings && ts.isNamedImports(bindings)) {
      // One turn of the loop is no time.
      for (const { name, propertyName } of bindings.elements)
        if ((propertyName ?? name).text !== 'setImmediate') names.add(name.text);
    } else if (bindings) names.add(bindings.name.text);
    if (statement.importClause?.name) names.add(statement.importClause.name.text);
  }
  return names;
}

function isSleep(node: ts.Node, sleepNames: ReadonlySet<string>): boolean {
  if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node)) return node.text.includes('pg_sleep(');
  if (!ts.isCallExpression(node)) return false;
  const name = calledName(node.expression);
  if (name === undefined) return false;
  return sleepNames.has(name) || (name === 'setTimeout' && executorOf(node) !== undefined);
}

/** The first part of what is called: `delay(…)`, `timers.setTimeout(…)`. */
function calledName(expression: ts.Expression): string | undefined {
  if (ts.isIdentifier(expression)) return expression.text;
  return ts.isPropertyAccessExpression(expression) ? calledName(expression.expression) : undefined;
}

/** The function given to `new Promise(…)` that a node stands in. */
function executorOf(node: ts.Node): ts.Node | undefined {
  for (let at: ts.Node | undefined = node.parent; at; at = at.parent)
    if (ts.isFunctionLike(at) && ts.isNewExpression(at.parent) && calledName(at.parent.expression) === 'Promise')
      return at;
  return undefined;
}

function isBetweenLooks(node: ts.Node): boolean {
  const executor = executorOf(node);
  for (let at: ts.Node | undefined = node.parent; at; at = at.parent) {
    if (ts.isWhileStatement(at) || ts.isDoStatement(at)) return true;
    if (ts.isForStatement(at) && !at.incrementor) return true;
    if (ts.isFunctionLike(at) && at !== executor) return false;
  }
  return false;
}
