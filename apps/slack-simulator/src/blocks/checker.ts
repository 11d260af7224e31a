/** Collects the problems of a tree of blocks, each with a JSON pointer. */
export type Json = Record<string, unknown>;

export class Checker {
  readonly errors: string[] = [];
  characters = 0;
  #blockIds: Set<string> | undefined;

  fail(message: string, at: string): void {
    this.errors.push(`${message} [json-pointer:${at}]`);
  }

  required(of: Json, name: string, at: string): boolean {
    if (of[name] !== undefined && of[name] !== null) return true;
    this.fail(`missing required field: ${name}`, at);
    return false;
  }

  /** Adds the characters of a visible text to the count. */
  string(value: unknown, at: string, most: number, read = false): boolean {
    if (typeof value !== 'string') {
      this.fail('must be a string', at);
      return false;
    }
    if (read) this.characters += value.length;
    if (value.length === 0) this.fail('must be more than 0 characters', at);
    else if (value.length > most) this.fail(`must be less than ${most + 1} characters`, at);
    else return true;
    return false;
  }

  array(value: unknown, at: string, most: number): value is unknown[] {
    if (!Array.isArray(value)) this.fail('must be an array', at);
    else if (value.length === 0) this.fail('no less than 1 items allowed', at);
    else if (value.length > most) this.fail(`no more than ${most} items allowed`, at);
    else return true;
    return false;
  }

  textObject(value: unknown, at: string, most: number, only?: 'plain_text'): void {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return this.fail('must be an object', at);
    const { type, text } = value as Json;
    if (type !== 'plain_text' && type !== 'mrkdwn') return this.fail(`unsupported type: ${String(type)}`, `${at}/type`);
    if (only !== undefined && type !== only) return this.fail(`must be ${only}`, `${at}/type`);
    if (text === undefined) return this.fail('missing required field: text', at);
    this.string(text, `${at}/text`, most, true);
  }

  unique(blockId: string, at: string): void {
    this.#blockIds ??= new Set();
    if (this.#blockIds.has(blockId)) this.fail(`\`block_id\` "${blockId}" already exists`, `${at}/block_id`);
    this.#blockIds.add(blockId);
  }

  /** Counts the characters of a tree whose parts have no limits of their own. */
  count(value: unknown): void {
    if (Array.isArray(value)) for (const item of value) this.count(item);
    else if (typeof value === 'object' && value !== null) {
      const { text, elements } = value as Json;
      if (typeof text === 'string') this.characters += text.length;
      if (elements !== undefined) this.count(elements);
    }
  }
}
