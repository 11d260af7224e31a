// What a route says about the body that it takes, as a decorator. A route without it takes one JSON body of 1 MiB at
// most, and nothing bounds how many of them are read at once but the limits on requests.
import { SetMetadata, type CustomDecorator } from '@nestjs/common';

const BODY_RULES = Symbol('body rules');

export const defaultBodyBytes = 1024 * 1024;

export interface BodyRules {
  /** A larger body is refused with 413. */
  maxBytes: number;
  /** Media types of JSON beside application/json. */
  alsoTakes?: readonly string[];
  /** Other media types, of which the handler reads the bytes in `rawBody`; there is no parsed body then. */
  asBytes?: readonly string[];
  /**
   * The bytes of all bodies of this route that the process holds at once, from the first byte until the answer; one
   * tenant may hold half of them. Beyond it a request is refused before its body is read.
   */
  inFlightBytes?: number;
  /** The handler refuses what cannot be stored, item by item, with `unstorableField`. */
  storableByItem?: boolean;
}

export const TakesBody = (rules: BodyRules): CustomDecorator<symbol> => SetMetadata(BODY_RULES, rules);

export const bodyRulesOf = (handler: object): BodyRules | undefined =>
  Reflect.getMetadata(BODY_RULES, handler) as BodyRules | undefined;
