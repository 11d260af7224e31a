// Calls to Slack that outlive a request: they are stored in the transaction of what they follow from, and repeated with
// growing pauses until Slack has answered. Guarantees: a task is carried out at least once, by whichever process lives;
// tenants take turns; a slow Slack holds at most `concurrent` tasks of a process; a task that cannot succeed is given
// up after 30 days with an error in the log. What a task does is the part of its handler.
import { createLogger } from '@carillon/telemetry';
import type { DataSource, EntityManager } from 'typeorm';
import { tasksRepeated } from '../metrics.ts';
import type { Carry, NewTask, SlackTask } from './slack-task.ts';
import type { TaskKind } from './task-kinds.ts';
import {
  claimDue,
  claimOne,
  deleteTask,
  insertTask,
  pendingRevocations,
  repeatTask,
  uninstallToo,
} from './task-statements.ts';

const concurrent = 4;
const lookEveryMs = 1_000;
const firstPauseMs = 1_000;
const longestPauseMs = 600_000;
const giveUpAfterMs = 30 * 24 * 3_600_000;

export class SlackTasks {
  private readonly log = createLogger('slack-tasks');
  private readonly running = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly handlers: Record<TaskKind, Carry>,
  ) {}

  /** @returns the id for `attempt`, which carries it out before the next look for due tasks */
  async add<K extends TaskKind>(manager: EntityManager, task: NewTask<K>): Promise<string> {
    const { text, values } = insertTask({
      kind: task.kind,
      subject: task.subject,
      tenantId: task.tenantId,
      workspaceId: task.workspaceId,
      detail: JSON.stringify(task.detail),
      kid: task.tokens?.kid ?? null,
      accessToken: task.tokens?.accessToken ?? null,
      refreshToken: task.tokens?.refreshToken ?? null,
      tokenExpiresAt: task.tokens?.expiresAt ?? null,
    });
    const [row] = await manager.query<{ id: string }[]>(text, values);
    return row!.id;
  }

  /** The waiting revocations of an installation remove the app as well. */
  async uninstallToo(manager: EntityManager, installationId: string): Promise<void> {
    const { text, values } = uninstallToo({ subject: installationId });
    await manager.query(text, values);
  }

  /** Tries now, for at most `ms`; where that fails or takes longer, the task goes on in the background. */
  async attempt(id: string, ms: number): Promise<void> {
    // A caller's first try takes no more room than the tasks in the background.
    if (this.running.size >= concurrent) return;
    const { text, values } = claimOne({ id });
    let timer: NodeJS.Timeout | undefined;
    const trial = this.track(
      this.dataSource.query<[SlackTask[], number]>(text, values).then(async ([[task]]) => {
        if (task) await this.carryOut(task);
      }),
    );
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([trial, late]);
    clearTimeout(timer);
  }

  /** Those of the installations whose tokens Slack has not confirmed as revoked. */
  async unrevoked(installationIds: readonly string[]): Promise<Set<string>> {
    const { text, values } = pendingRevocations({ subjects: installationIds });
    const rows = await this.dataSource.query<{ subject: string }[]>(text, values);
    return new Set(rows.map(({ subject }) => subject));
  }

  start(): void {
    this.timer = setInterval(() => void this.look(), lookEveryMs);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await Promise.allSettled(this.running);
  }

  private async look(): Promise<void> {
    const room = concurrent - this.running.size;
    if (room <= 0 || this.stopped) return;
    try {
      const { text, values } = claimDue({ most: room });
      const [tasks] = await this.dataSource.query<[SlackTask[], number]>(text, values);
      for (const task of tasks) void this.track(this.carryOut(task));
    } catch (error) {
      this.log.warn({ err: error }, 'due calls to Slack could not be read');
    }
  }

  private track(work: Promise<void>): Promise<void> {
    const settled = work.catch((error: unknown) => this.log.warn({ err: error }, 'a call to Slack was not recorded'));
    this.running.add(settled);
    void settled.finally(() => {
      this.running.delete(settled);
      if (this.timer) void this.look();
    });
    return settled;
  }

  private async carryOut(task: SlackTask): Promise<void> {
    const { id, attempts } = task;
    try {
      await this.handlers[task.kind](task);
      const { text, values } = deleteTask({ id, attempts });
      await this.dataSource.query(text, values);
    } catch (error) {
      await this.repeat(task, error);
    }
  }

  private async repeat({ id, kind, subject, tenantId, attempts, createdAt }: SlackTask, error: unknown): Promise<void> {
    const context = { kind, subject, tenant: tenantId, attempts };
    if (Date.now() - createdAt.getTime() > giveUpAfterMs) {
      this.log.error({ ...context, err: error }, 'a call to Slack was given up after 30 days');
      const { text, values } = deleteTask({ id, attempts });
      await this.dataSource.query(text, values);
      return;
    }
    tasksRepeated.inc({ kind });
    this.log.warn({ ...context, err: error }, 'a call to Slack is repeated');
    const delayMs =
      Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempts - 1, 20)) * (0.8 + Math.random() * 0.4);
    const code = (error as { code?: unknown }).code;
    const { text, values } = repeatTask({ id, attempts, delayMs, error: typeof code === 'string' ? code : 'failed' });
    await this.dataSource.query(text, values);
  }
}
