// The names that a cell has for itself.
import { describe, expect, test } from '@jest/globals';
import { cellId, inCell } from './cells.ts';
import { notificationOutcome, notificationResolved, topics } from './topics.ts';

describe('a topic in a cell', () => {
  test('has its plain name in cell 0, and one of its own in any other', () => {
    expect(inCell(notificationResolved, '0')).toBe(notificationResolved);
    expect(inCell(notificationResolved, 'eu1')).toEqual({
      ...notificationResolved,
      name: 'carillon.notification.resolved.v1.cell-eu1',
    });
    expect(inCell(notificationResolved, 'eu1')).toBe(inCell(notificationResolved, 'eu1'));
  });

  test('is shared by all cells, except the decisions and the retractions', () => {
    expect(inCell(notificationOutcome, '1')).toBe(notificationOutcome);
    expect(topics.filter(({ perCell }) => perCell).map(({ name }) => name)).toEqual([
      'carillon.notification.retracted.v1',
      'carillon.notification.resolved.v1',
    ]);
  });
});

test.each(['', '.', 'A', '1.0', 'a-b', 'x'.repeat(21)])('%j is no id of a cell', (id) => {
  expect(cellId.safeParse(id).success).toBe(false);
});
