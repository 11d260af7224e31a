import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RefusalClassifier } from './refusal-classifier.ts';

const accept = (classifier: RefusalClassifier, messages: number): void => {
  for (let n = 0; n < messages; n++) classifier.accepted();
};

/** One in fifty refused by chance, far apart. */
function amongChance(): RefusalClassifier {
  const classifier = new RefusalClassifier();
  accept(classifier, 50);
  for (let n = 0; n < 40; n++) {
    classifier.refused({ accepted: 50, due: 5, belowLimit: n > 0 });
    accept(classifier, 50);
  }
  return classifier;
}

describe('a refusal', () => {
  test('shows the limit where no chance is known', () => {
    const classifier = new RefusalClassifier();
    accept(classifier, 500);
    expect(classifier.refused({ accepted: 500, due: 0, belowLimit: false })).toBe('limit');
  });

  test('below the limit that was found last is chance, until such refusals repeat soon', () => {
    const classifier = new RefusalClassifier();
    accept(classifier, 500);
    expect(classifier.refused({ accepted: 500, due: 5, belowLimit: true })).toBe('chance');
    const next = (): string => classifier.refused({ accepted: 5, due: 5, belowLimit: true });
    expect([next(), next(), next()]).toContain('limit');
  });

  test('is chance where chance is known, until such refusals repeat soon', () => {
    const classifier = amongChance();
    expect(classifier.chanceIsKnown).toBe(true);
    expect(classifier.refused({ accepted: 50, due: 5, belowLimit: false })).toBe('chance');
    const next = (): string => classifier.refused({ accepted: 5, due: 5, belowLimit: false });
    expect(next()).toBe('chance');
    expect(Array.from({ length: 6 }, next)).toContain('limit');
  });

  test('with nothing accepted since the one before says nothing about the rate, whatever was known', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.integer({ min: 1, max: 30 }), fc.boolean(), (before, repeats, belowLimit) => {
        const classifier = new RefusalClassifier();
        accept(classifier, before);
        classifier.refused({ accepted: before, due: 0, belowLimit: true });
        for (let n = 0; n < repeats; n++)
          expect(classifier.refused({ accepted: 0, due: 5, belowLimit })).toBe('chance');
      }),
    );
  });

  test('is forgotten when none comes for long', () => {
    const classifier = amongChance();
    accept(classifier, 4_000);
    expect(classifier.chanceIsKnown).toBe(false);
  });
});
