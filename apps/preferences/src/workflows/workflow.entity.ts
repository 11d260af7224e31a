// A workflow as it is stored.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { WorkflowDefinition } from './workflow.ts';

@Entity({ name: 'workflow' })
export class WorkflowRow {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('text')
  name!: string;

  @Column('text')
  type!: string;

  @Column('boolean')
  enabled!: boolean;

  /** Lower ones run first. */
  @Column('integer')
  position!: number;

  @Column('jsonb')
  definition!: Omit<WorkflowDefinition, 'name' | 'type'>;

  @Column('bigint')
  version!: string;

  @Column('text', { name: 'updated_by' })
  updatedBy!: string;

  @Column({ type: 'timestamptz', name: 'updated_at', precision: 3 })
  updatedAt!: Date;
}
