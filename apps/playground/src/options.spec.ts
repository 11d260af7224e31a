// What may be said after `npm start --`.
import { describe, expect, it } from '@jest/globals';
import { parseOptions } from './options.ts';

describe('the flags of npm start', () => {
  it('start one of everything on the usual ports unless told otherwise', () => {
    expect(parseOptions([])).toEqual({
      once: false,
      fresh: false,
      verbose: false,
      portOffset: 0,
      replicas: {},
      simulator: true,
    });
  });

  it('are all understood', () => {
    const argv = [
      '--once',
      '--fresh',
      '--verbose',
      '--port-offset',
      '200',
      '--replicas',
      'delivery=2',
      '--replicas',
      'preferences=3',
      '--no-simulator',
    ];
    expect(parseOptions(argv)).toEqual({
      once: true,
      fresh: true,
      verbose: true,
      portOffset: 200,
      replicas: { delivery: 2, preferences: 3 },
      simulator: false,
    });
  });

  it('explain themselves', () => {
    const parsed = parseOptions(['--help']);
    expect(parsed).toEqual({ help: expect.stringMatching(/--once[\s\S]*--replicas[\s\S]*KAFKA_BROKERS/) as unknown });
  });

  it.each([
    [['--port-ofset', '3'], '--port-ofset'],
    [['--port-offset', 'many'], '--port-offset'],
    [['--port-offset', '60000'], '--port-offset'],
    [['--replicas', 'delivry=2'], 'delivry'],
    [['--replicas', 'delivery=none'], 'delivery'],
    [['now'], 'now'],
  ])('name what is wrong in %j', (argv, named) => {
    expect(() => parseOptions(argv)).toThrow(named);
  });
});
