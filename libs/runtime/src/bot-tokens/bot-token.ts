// A Slack bot token in memory. Guarantees: printing it, logging it or turning it into JSON never shows its value.

export class BotToken {
  readonly #value: string;

  constructor(
    value: string,
    /** Null for an org-wide installation. */
    readonly teamId: string | null,
  ) {
    this.#value = value;
  }

  /** For the Authorization header of a call to Slack, and for nothing else. */
  reveal(): string {
    return this.#value;
  }
}
