// Tenants that move from one cell to another: what each cell's delivery knows of it, and the move itself.
export { claimDatabase } from './cell-database.ts';
export { MoveError } from './move-error.ts';
export { moveTenant, type CellDatabase, type MoveOptions, type MoveStep } from './move-tenant.ts';
export { lockMoves, movesDuring, readMoves, type Move } from './moves.ts';
export { laneRows, sharedTables, tenantRows } from './tenant-rows.ts';
