// The formatters of the platform (Intl), each of which takes long to make. They are kept for one template, as long as
// it is: the options that its texts name are objects that live as long.

/** People's time zones are many. */
const mostKept = 200;

export class Formatters {
  private readonly kept = new Map<string, Map<object | undefined, unknown>>();
  private count = 0;

  number(locale: string, options?: object): Intl.NumberFormat {
    return this.get(`number ${locale}`, options, () => new Intl.NumberFormat(locale, options));
  }

  plural(locale: string, options?: Intl.PluralRulesOptions): Intl.PluralRules {
    // The message makes these options anew each time.
    return this.get(`plural ${locale} ${options?.type}`, undefined, () => new Intl.PluralRules(locale, options));
  }

  instant(locale: string, timeZone: string, options?: object): Intl.DateTimeFormat {
    return this.get(
      `instant ${locale} ${timeZone}`,
      options,
      () => new Intl.DateTimeFormat(locale, { timeZone, ...options }),
    );
  }

  private get<T>(key: string, options: object | undefined, create: () => T): T {
    const known = this.kept.get(key)?.get(options);
    if (known !== undefined) return known as T;
    if (this.count === mostKept) {
      this.kept.clear();
      this.count = 0;
    }
    const made = create();
    const byOptions = this.kept.get(key) ?? new Map<object | undefined, unknown>();
    this.kept.set(key, byOptions.set(options, made));
    this.count += 1;
    return made;
  }
}
