// Type checks of the library that are too strict for JSON. `data.level in [1, 2]` and
// `has(data.level) ? data.level : 0` have a type, though they mix doubles and ints. An empty list is a list of
// anything: the library gives its items a type of its own, on which each operator is ambiguous.
import type { CelType, SyntaxNode } from './syntax-tree.ts';

const isNumeric = (type: CelType): boolean => type.name === 'double' || type.name === 'int';
const isNumericOrNull = (type: CelType): boolean => isNumeric(type) || type.name === 'null';
const isListOfNumbers = (type: CelType): boolean => type.name === 'list<double>' || type.name === 'list<int>';

/** Changes the check of one node of a tree that is not checked yet. */
export function relaxTypes(node: SyntaxNode): void {
  const { check } = node.meta;
  if ((node.op === 'list' || node.op === 'map') && (node.args as unknown[]).length === 0) {
    node.setMeta('check', (...[checker, self, context]: Parameters<typeof check>) => {
      check(checker, self, context);
      return checker.getType(node.op);
    });
  }
  if (node.op === 'in') {
    node.setMeta('check', (...[checker, self, context]: Parameters<typeof check>) => {
      const [left, right] = self.args as [SyntaxNode, SyntaxNode];
      const isMixed =
        isNumeric(checker.check(left, context)) &&
        isListOfNumbers(checker.check(right, context)) &&
        `list<${left.checkedType?.name}>` !== right.checkedType?.name;
      if (!isMixed) return check(checker, self, context);
      self.left = left;
      self.right = right;
      return checker.getType('bool');
    });
  }
  if (node.op === '?:') {
    node.setMeta('check', (...[checker, self, context]: Parameters<typeof check>) => {
      const [condition, left, right] = self.args as [SyntaxNode, SyntaxNode, SyntaxNode];
      const types = [checker.check(left, context), checker.check(right, context)];
      const isMixed = types[0] !== types[1] && types.every(isNumericOrNull);
      if (!isMixed) return check(checker, self, context);
      return checkMixedBranches(checker, self, [condition, left, right], context, check);
    });
  }
}

/** The library checks the condition with a branch of one type; the result has the type `dyn`. */
function checkMixedBranches(
  ...[checker, node, branches, context, check]: [
    Parameters<SyntaxNode['meta']['check']>[0],
    SyntaxNode,
    [SyntaxNode, SyntaxNode, SyntaxNode],
    unknown,
    SyntaxNode['meta']['check'],
  ]
): CelType {
  const [condition, left, right] = branches;
  node.args = [condition, left, left];
  check(checker, node, context);
  node.args = branches;
  node.right = right;
  return checker.getType('dyn');
}
