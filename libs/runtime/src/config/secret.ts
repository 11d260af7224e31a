// Marks configuration values that must never be printed. Guarantees: the mark is kept behind optional(), default() and
// pipes.
import { z } from 'zod';

const MARK = 'carillonSecret';

/** A non-empty string whose value is shown as ***. Further checks go before: `secret(z.url())`. */
export function secret(): z.ZodString;
export function secret<S extends z.ZodType>(schema: S): S;
export function secret(schema: z.ZodType = z.string().min(1)): z.ZodType {
  return schema.meta({ ...schema.meta(), [MARK]: true });
}

export function isSecret(schema: unknown): boolean {
  if (!(schema instanceof z.ZodType)) return false;
  if (schema.meta()?.[MARK] === true) return true;
  const { innerType, in: input, out } = schema.def as { innerType?: unknown; in?: unknown; out?: unknown };
  return isSecret(innerType) || isSecret(input) || isSecret(out);
}
