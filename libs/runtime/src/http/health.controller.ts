// The health routes of every process. Guarantees: /healthz tells only that the process answers, so that no dependency
// makes Kubernetes restart it; /readyz tells whether the process can work now, and which dependency is missing; the
// reason is in the log.
import { createLogger, metricsPage } from '@carillon/telemetry';
import { Controller, Get, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { Public } from '../auth/access.ts';
import { Lifecycle } from '../process/lifecycle.ts';
import { Answers } from './answers.ts';
import { Readiness } from '../process/readiness.ts';

const alive = z.object({ status: z.literal('ok') });
const readiness = z.object({
  status: z.enum(['ready', 'waiting', 'stopping']),
  checks: z.record(z.string(), z.enum(['ok', 'waiting'])),
});

@Public()
@Controller()
export class HealthController {
  private readonly log = createLogger('health');

  constructor(
    private readonly readiness: Readiness,
    private readonly lifecycle: Lifecycle,
  ) {}

  @Get('healthz')
  @Answers({ body: alive, example: { status: 'ok' } })
  healthz(): { status: string } {
    return { status: 'ok' };
  }

  @Get('readyz')
  @Answers({ body: readiness, example: { status: 'ready', checks: { kafka: 'ok' } }, problems: [503] })
  async readyz(@Res() response: Response): Promise<void> {
    const report = await this.readiness.report();
    if (!report.ready) this.log.warn({ checks: report.checks }, 'not ready');
    const ready = report.ready && !this.lifecycle.stopping;
    // The route is public, and an error may name hosts, users and versions, so it is only logged.
    const checks = Object.fromEntries(
      Object.entries(report.checks).map(([name, result]) => [name, result === true ? 'ok' : 'waiting']),
    );
    response
      .status(ready ? 200 : 503)
      .json({ status: this.lifecycle.stopping ? 'stopping' : ready ? 'ready' : 'waiting', checks });
  }

  @Get('metrics')
  @Answers({ mediaType: 'text/plain', example: 'process_cpu_seconds_total 1.5' })
  async metrics(@Req() { headers }: Request, @Res() response: Response): Promise<void> {
    const { contentType, text } = await metricsPage(headers.accept);
    response.set('content-type', contentType).send(text);
  }
}
