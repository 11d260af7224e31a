// Compiles the template of a type, and writes the content of a notification from an event. Guarantees: a template that
// compiles names only values that it has, and expressions that fit the schema of the data; what is rendered satisfies
// the limits of `content`; a value of the event is shown as it is and cannot become markup, a mention or another
// address. Title, facts and labels are plain text in every channel, so nothing is escaped there; the body is Markdown
// (markdown-body.ts). It does not cache: a compiled template is kept by the caller.
import { content, fieldErrors, type Content, type FieldError } from '@carillon/domain';
import {
  compileExpression,
  type Expression,
  type ExpressionError,
  type JsonSchema,
  type Variables,
} from '../conditions/condition.ts';
import { compileAddress, type Address } from './address.ts';
import { Formatters } from './formatters.ts';
import { chooseLocale, localesOf, type Locales } from './locales.ts';
import { fill, MarkdownBody } from './markdown-body.ts';
import { Message } from './message.ts';
import type { Template, Words } from '@carillon/domain';
import { RenderingFailed, Values } from './values.ts';

export type RenderedContent = Pick<Content, 'title' | 'body' | 'link' | 'facts' | 'actions'>;

/** An error of an expression has the characters that it concerns. */
export type TemplateError = FieldError & Partial<Pick<ExpressionError, 'start' | 'end'>>;

export interface CompiledTemplate {
  /**
   * Values are computed once for the same object of variables, however many locales are rendered.
   * @param locale any language tag; see chooseLocale
   * @param timeZone a valid IANA name; UTC by default
   */
  render: (
    variables: Variables,
    locale?: string,
    timeZone?: string,
  ) => { content: RenderedContent } | { errors: FieldError[] };
  /** Which of `locales` such a person reads: what is rendered for one is the same for the other. */
  localeFor: (locale?: string) => string;
  /** The default one first. */
  locales: readonly string[];
}

const mostErrors = 20;
const renderedContent = content.pick({ title: true, body: true, link: true, facts: true, actions: true });

/** @param dataSchema one that compileDataSchema accepts */
export function compileTemplate(
  template: Template,
  dataSchema?: JsonSchema,
): CompiledTemplate | { errors: TemplateError[] } {
  const locales = localesOf(template);
  if ('errors' in locales) return { errors: locales.errors.slice(0, mostErrors) };
  const compiler = new Compiler(template, locales);
  const expressions = compiler.expressions(dataSchema);
  const write = compiler.content();
  if (compiler.errors.length > 0) return { errors: compiler.errors.slice(0, mostErrors) };
  const valuesOf = new WeakMap<Variables, Values>();
  return {
    locales: locales.all,
    localeFor: (locale) => chooseLocale(locale, locales),
    render: (variables, locale, timeZone = 'UTC') => {
      const values = valuesOf.get(variables) ?? new Values(expressions, variables);
      valuesOf.set(variables, values);
      try {
        return checked(write({ values, timeZone, locale: chooseLocale(locale, locales) }));
      } catch (error) {
        if (error instanceof RenderingFailed) return { errors: [error.error] };
        throw error;
      }
    },
  };
}

function checked(made: object): { content: RenderedContent } | { errors: FieldError[] } {
  const { success, data, error } = renderedContent.safeParse(made);
  if (success) return { content: data };
  return {
    errors: fieldErrors(error.issues, made).map(({ path, message }) => ({ path: `template.${path}`, message })),
  };
}

interface Rendering {
  values: Values;
  locale: string;
  timeZone: string;
}
type Write<T> = (rendering: Rendering) => T;

class Compiler {
  readonly errors: TemplateError[] = [];
  private readonly formatters = new Formatters();

  constructor(
    private readonly template: Template,
    private readonly locales: Locales,
  ) {}

  expressions(dataSchema: JsonSchema | undefined): Map<string, Expression> {
    const compiled = new Map<string, Expression>();
    for (const [name, text] of Object.entries(this.template.with)) {
      const result = compileExpression(text, dataSchema, 'any');
      if ('expression' in result) compiled.set(name, result.expression);
      else for (const error of result.errors) this.errors.push({ path: `template.with.${name}`, ...error });
    }
    return compiled;
  }

  content(): Write<object> {
    const { title, body, facts, actions, link } = this.template;
    const writeTitle = this.plain(title, 'template.title');
    const writeBody = body === undefined ? undefined : this.markdown(body, 'template.body');
    const writeFacts = facts?.map(({ label, value }, at) => ({
      label: this.plain(label, `template.facts[${at}].label`),
      value: this.plain(value, `template.facts[${at}].value`),
    }));
    const writeActions = actions?.map(({ id, label, style, url, value }, at) => ({
      fixed: { id, ...(style && { style }) },
      label: this.plain(label, `template.actions[${at}].label`),
      url: this.address(url, `template.actions[${at}].url`),
      value: value === undefined ? undefined : this.plain(value, `template.actions[${at}].value`),
    }));
    const linkUrl = this.address(link?.url, 'template.link.url');
    const linkLabel = link?.label === undefined ? undefined : this.plain(link.label, 'template.link.label');
    return (rendering) => ({
      title: writeTitle(rendering),
      ...(writeBody && { body: writeBody(rendering) }),
      ...(linkUrl && {
        link: { url: linkUrl(rendering), ...(linkLabel && { label: linkLabel(rendering) }) },
      }),
      ...(writeFacts && {
        facts: writeFacts.map(({ label, value }) => ({ label: label(rendering), value: value(rendering) })),
      }),
      ...(writeActions && {
        actions: writeActions.map(({ fixed, label, url, value }) => ({
          ...fixed,
          label: label(rendering),
          ...(url && { url: url(rendering) }),
          ...(value && { value: value(rendering) }),
        })),
      }),
    });
  }

  private plain(words: Words, path: string): Write<string> {
    const messageFor = this.messages(words, path);
    return (rendering) => {
      const { frame, inserted } = messageFor(rendering).write(rendering.values, rendering.timeZone);
      return inserted.length === 0 ? frame : fill(frame, inserted, path, ({ text }) => text);
    };
  }

  private markdown(words: Words, path: string): Write<string> {
    const body = new MarkdownBody();
    const messageFor = this.messages(words, path, (message) => {
      for (const frame of message.sampleFrames()) {
        const fault = body.faultIn(frame);
        if (fault !== undefined) return fault;
      }
      return undefined;
    });
    return (rendering) => body.render(messageFor(rendering).write(rendering.values, rendering.timeZone), path);
  }

  private address(text: string | undefined, path: string): Write<string> | undefined {
    if (text === undefined) return undefined;
    const message = this.message(text, this.locales.default, path);
    const address: Address | undefined = message && this.taken(compileAddress(message), path);
    return address && (({ values }) => address(values));
  }

  /** The message for a locale: its own, or that of the default locale. */
  private messages(
    words: Words,
    path: string,
    faultIn: (message: Message) => string | undefined = () => undefined,
  ): (rendering: Rendering) => Message {
    const byLocale = new Map<string, Message>();
    const texts = typeof words === 'string' ? { [this.locales.default]: words } : words;
    for (const [locale, text] of Object.entries(texts)) {
      const where = typeof words === 'string' ? path : `${path}.${locale}`;
      const message = this.message(text, locale, where);
      if (message && this.taken(faultIn(message) ?? message, where)) byLocale.set(locale, message);
    }
    const byDefault = byLocale.get(this.locales.default) as Message;
    return ({ locale }) => byLocale.get(locale) ?? byDefault;
  }

  private message(text: string, locale: string, path: string): Message | undefined {
    const message = this.taken(Message.compile(text, locale, this.formatters), path);
    for (const name of message?.names ?? [])
      if (!Object.hasOwn(this.template.with, name))
        this.errors.push({ path, message: `{${name}} is not a value of template.with` });
    return message;
  }

  private taken<T>(result: T | string, path: string): T | undefined {
    if (typeof result !== 'string') return result;
    this.errors.push({ path, message: result });
    return undefined;
  }
}
