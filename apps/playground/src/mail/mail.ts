// An e-mail that the mail sink received, parsed.
export interface Mail {
  id: number;
  from: string[];
  to: string[];
  subject: string;
  text: string;
  html: string;
  /** Lower-case names, one string per line of the header. */
  headers: Record<string, string[]>;
  receivedAt: number;
}
