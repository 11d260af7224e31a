// Keeps a process's catalogue as the database has it. Guarantees: the files are applied before the first request is
// decided; a change by any process is known here within half a second and the time of a statement, as a whole; while
// the database is away the process goes on with what it knows.
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { FieldError, NotificationType } from '@carillon/domain';
import { Lifecycle } from '@carillon/runtime';
import { createLogger } from '@carillon/telemetry';
import { DataSource } from 'typeorm';
import { Catalogue } from './catalogue.ts';
import { StoredTypes } from './stored-types.ts';

const lookEveryMs = 500;

@Injectable()
export class CatalogueRefresh implements OnApplicationBootstrap {
  private readonly log = createLogger('catalogue');
  private version: string | undefined;
  private looking: Promise<void> | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly stored: StoredTypes,
    private readonly catalogue: Catalogue,
    private readonly lifecycle: Lifecycle,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!this.dataSource.isInitialized) return;
    await this.stored.applyFiles(this.catalogue.declared);
    await this.read();
    const timer = setInterval(() => void (this.looking ?? this.look()), lookEveryMs);
    this.lifecycle.onStop('work', 'the look for changes of the catalogue', async () => {
      clearInterval(timer);
      await this.looking;
    });
  }

  /**
   * For whoever changed the catalogue, or met a type that is not known. What was committed before the call is known
   * after it, so a read that is under way is not enough: it may have begun before the commit. Never throws.
   */
  async look(): Promise<void> {
    if (!this.dataSource.isInitialized) return;
    await this.looking;
    this.looking ??= this.read()
      .catch((error: unknown) =>
        this.log.warn({ err: error }, 'the catalogue could not be compared; it is tried again'),
      )
      .finally(() => (this.looking = undefined));
    await this.looking;
  }

  /** Looks where one of these types is not known: another process may have declared it a moment ago. */
  async lookFor(types: Iterable<string>): Promise<void> {
    for (const type of types) if (!this.catalogue.type(type)) return this.look();
  }

  private async read(): Promise<void> {
    // The version first: a change in between is read twice, and never missed.
    const version = await this.stored.version();
    if (version === this.version) return;
    const types: NotificationType[] = [];
    const unreadable = new Map<string, FieldError[]>();
    const stored = await this.stored.all();
    for (const { name, type, unknown } of stored.types) {
      if (type) types.push(type);
      else unreadable.set(name, [...unknown]);
    }
    if (unreadable.size > 0)
      this.log.error({ types: [...unreadable.keys()] }, 'stored types cannot be read; they may be of a newer release');
    this.catalogue.replace({ types, categories: stored.categories, unreadable });
    this.version = version;
  }
}
