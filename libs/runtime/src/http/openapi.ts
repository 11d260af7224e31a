// The OpenAPI document of a service, generated from its routes and their zod schemas at the first request for it, so
// that the start of the service is not slower. docs/openapi holds a copy of each, which a spec keeps up to date.
import type { INestApplication } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { describeAnswers } from './describe-answers.ts';
import { routesOf, type Route } from './routes.ts';

const problem = {
  type: 'object',
  required: ['type', 'title', 'status'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    errors: {
      type: 'array',
      items: { type: 'object', properties: { path: { type: 'string' }, message: { type: 'string' } } },
    },
    traceId: { type: 'string' },
  },
} as const;

export class OpenApi {
  private app: INestApplication | undefined;
  private made: Promise<OpenAPIObject> | undefined;

  constructor(private readonly service: string) {}

  attach(app: INestApplication): void {
    this.app = app;
  }

  document(): Promise<OpenAPIObject> {
    return (this.made ??= this.make());
  }

  private async make(): Promise<OpenAPIObject> {
    const { DocumentBuilder, SwaggerModule } = await import('@nestjs/swagger');
    if (!this.app) throw new Error('the application is not there yet');
    const base = new DocumentBuilder().setTitle(`Carillon ${this.service}`).setVersion('v1').addBearerAuth().build();
    const document = SwaggerModule.createDocument(this.app, base, {
      operationIdFactory: (controller, method) => `${controller}.${method}`,
      // ours instead of the built-in one: a transform or a date must not break the whole document
      standardSchemaConverter: (schema, { schemaType }) =>
        schema instanceof z.ZodType
          ? { schema: z.toJSONSchema(schema, { target: 'openapi-3.0', io: schemaType, unrepresentable: 'any' }) }
          : undefined,
    });
    describeAccess(document, routesOf(this.app));
    return document;
  }
}

function describeAccess(document: OpenAPIObject, routes: Route[]): void {
  const byOperation = new Map(routes.map((route) => [`${route.controller}.${route.handler}`, route]));
  (document.components ??= {}).schemas = { ...document.components.schemas, Problem: problem as never };
  for (const item of Object.values(document.paths)) {
    for (const operation of [item.get, item.put, item.post, item.patch, item.delete]) {
      if (!operation) continue;
      const route = byOperation.get(operation.operationId ?? '');
      const roles = route?.access;
      if (route) describeAnswers(operation, route);
      operation.responses['default'] = {
        description: 'Another problem, such as 500 or 503.',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      };
      // For machines: the tests over all routes are made from it.
      (operation as { 'x-carillon-access'?: unknown })['x-carillon-access'] = roles ?? 'nobody';
      if (roles === 'public') continue;
      operation.security = [{ bearer: [] }];
      const sentence = roles ? `Roles: ${roles.join(', ')}.` : 'Open to nobody.';
      operation.description = [operation.description, sentence].filter(Boolean).join(' ');
    }
  }
}
