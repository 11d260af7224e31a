// What a route answers when nothing is wrong, as a decorator: the schema of the body and an example of it, for the
// OpenAPI document. Guarantees: the example has the type of the schema. It does not check answers at run time: specs
// compare real answers with the document.
import { SetMetadata, type CustomDecorator } from '@nestjs/common';
import { z } from 'zod';
import type { ProblemStatus } from './problem-kinds.ts';

const ROUTE_ANSWER = Symbol('route answer');

interface Stated {
  /** Where the handler writes its answer itself. Default: that of @HttpCode, else 201 for POST and 200. */
  status?: number;
  description?: string;
  /** Problems beside those that follow from the route's access, parameters and body. */
  problems?: readonly ProblemStatus[];
  /** What the route answers with other statuses, which the handler sets. */
  also?: readonly OtherStatus[];
}

export interface OtherStatus {
  status: number;
  description: string;
  body: z.ZodType;
  example: unknown;
  /** Default application/json. */
  mediaType?: string;
}

export type JsonAnswer<S extends z.ZodType = z.ZodType> = Stated & { body: S; example: z.output<S> };
/** Text or a page, or a redirection without a body. */
export type OtherAnswer = Stated & { mediaType: string | null; example?: string };
export type RouteAnswer = JsonAnswer | OtherAnswer;

export function Answers<S extends z.ZodType>(answer: JsonAnswer<S>): CustomDecorator<symbol>;
export function Answers(answer: OtherAnswer): CustomDecorator<symbol>;
export function Answers(answer: object): CustomDecorator<symbol> {
  return SetMetadata(ROUTE_ANSWER, answer);
}

export const answerOf = (handler: object): RouteAnswer | undefined =>
  Reflect.getMetadata(ROUTE_ANSWER, handler) as RouteAnswer | undefined;

/** The answer of a list: `Page<T>` of http/page.ts. */
export const pageOfItems = <S extends z.ZodType>(item: S) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });
