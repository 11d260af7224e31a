// Checks what a route takes (`@Body({ schema })`, `@Query`, `@Param`) and refuses it field by field.
import { Injectable, StandardSchemaValidationPipe } from '@nestjs/common';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { problemOfIssues } from './problem.ts';

@Injectable()
export class CheckedBySchema extends StandardSchemaValidationPipe {
  protected override async validate<T>(
    value: unknown,
    schema: StandardSchemaV1,
    options?: Record<string, unknown>,
  ): Promise<StandardSchemaV1.Result<T>> {
    const result = await super.validate<T>(value, schema, options);
    if (result.issues) throw problemOfIssues(result.issues, value);
    return result;
  }
}
