// Declares the types of a JSON Schema to CEL. Guarantee: an object of a closed schema is read through its declared
// fields only; everything that the schema leaves open is checked when it is evaluated.
import type { Environment } from '@marcbachmann/cel-js';
import { shapeOf, type JsonSchema } from './json-schema.ts';
import { ownField } from './readable-json.ts';

/** An object of a declared type. The library reads the fields of a Map with `get`. */
export abstract class TypedObject extends Map<string, unknown> {
  abstract readonly raw: object;
}

/** A type's name in CEL, and how a JSON value becomes one; undefined: it is one. */
export interface DeclaredType {
  name: string;
  convert?: (value: unknown) => unknown;
}

const mostTypes = 200;
// A list of lists of itself has no end.
const deepest = 32;
const dynamic: DeclaredType = { name: 'dyn' };

export class TypeDeclarations {
  private readonly known = new Map<JsonSchema, DeclaredType>();
  private readonly names = new Set<string>();

  constructor(
    private readonly environment: Environment,
    private readonly root: JsonSchema,
  ) {}

  /** `path` names the type in error messages, for example `data.owner`. */
  declare(schema: JsonSchema, path: string, depth = 0): DeclaredType {
    const { shape, isNullable } = shapeOf(schema, this.root);
    if (isNullable || depth > deepest) return dynamic;
    switch (shape.kind) {
      case 'number':
        // JSON has one kind of number: an integer is a double too.
        return { name: 'double' };
      case 'boolean':
        return { name: 'bool' };
      case 'string':
      case 'null':
        return { name: shape.kind };
      case 'array': {
        const item = this.declare(shape.items, `${path}[]`, depth + 1);
        const convert = item.convert;
        return convert ? { name: `list<${item.name}>`, convert: eachItem(convert) } : { name: `list<${item.name}>` };
      }
      case 'object': {
        if (shape.isClosed) return this.declareObject(schema, shape.fields, path, depth);
        const other = shape.fields.size === 0 ? this.declare(shape.others, `${path}{}`, depth + 1) : dynamic;
        return { name: `map<string, ${other.convert ? 'dyn' : other.name}>` };
      }
      case 'any':
        return dynamic;
    }
  }

  private declareObject(
    schema: JsonSchema,
    fields: ReadonlyMap<string, JsonSchema>,
    path: string,
    depth: number,
  ): DeclaredType {
    const known = this.known.get(schema);
    if (known) return known;
    if (this.names.size >= mostTypes) return dynamic;
    const conversions = new Map<string, DeclaredType>();
    const constructor = typedObjectClass(conversions);
    const name = this.newName(path);
    const type: DeclaredType = { name, convert: (value) => (isObject(value) ? new constructor(value) : value) };
    // Known before its fields are declared, so that a recursive schema ends here.
    this.known.set(schema, type);
    const fieldTypes = Object.create(null) as Record<string, string>;
    for (const [field, fieldSchema] of fields) {
      const declared = this.declare(fieldSchema, `${path}.${field}`, depth + 1);
      conversions.set(field, declared);
      fieldTypes[field] = declared.name;
    }
    this.environment.registerType(name, { ctor: constructor, fields: fieldTypes });
    return type;
  }

  private newName(path: string): string {
    const plain = path.replaceAll(/[^\w.[\]{}]/g, '_');
    const name = this.names.has(plain) ? `${plain}#${this.names.size}` : plain;
    this.names.add(name);
    return name;
  }
}

function typedObjectClass(fields: ReadonlyMap<string, DeclaredType>): new (raw: object) => TypedObject {
  return class extends TypedObject {
    constructor(readonly raw: object) {
      super();
    }
    override get(name: string): unknown {
      const known = super.get(name);
      if (known !== undefined) return known;
      const field = fields.get(name);
      const value = field && ownField(this.raw, name);
      if (!field?.convert || value === undefined) return value;
      const typed = field.convert(value);
      super.set(name, typed);
      return typed;
    }
  };
}

const eachItem =
  (convert: (value: unknown) => unknown) =>
  (value: unknown): unknown =>
    Array.isArray(value) ? value.map(convert) : value;

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
