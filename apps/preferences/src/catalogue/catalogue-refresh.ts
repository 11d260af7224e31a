// Keeps a process's catalogue as the database has it. Guarantees: the files are applied before the first request is
// decided; a change by any process is known here within half a second and the time of a statement, as a whole; while
// the database is away the process goes on with what it knows.
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
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
    const timer = setInterval(() => void this.look(), lookEveryMs);
    this.lifecycle.onStop('work', 'the look for changes of the catalogue', async () => {
      clearInterval(timer);
      await this.looking;
    });
  }

  /** Now, for whoever met a type that is not known. Never throws. */
  look(): Promise<void> {
    if (!this.dataSource.isInitialized) return Promise.resolve();
    this.looking ??= this.read()
      .catch((error: unknown) =>
        this.log.warn({ err: error }, 'the catalogue could not be compared; it is tried again'),
      )
      .finally(() => (this.looking = undefined));
    return this.looking;
  }

  private async read(): Promise<void> {
    // The version first: a change in between is read twice, and never missed.
    const version = await this.stored.version();
    if (version === this.version) return;
    this.catalogue.replace(await this.stored.all());
    this.version = version;
  }
}
