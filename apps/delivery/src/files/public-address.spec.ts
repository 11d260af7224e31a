import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isPublicAddress } from './public-address.ts';

const dotted = (n: number): string => [24, 16, 8, 0].map((shift) => (n >>> shift) & 0xff).join('.');
const hextets = (n: number): string => `${(n >>> 16).toString(16)}:${(n & 0xffff).toString(16)}`;

describe('an address that files are not fetched from', () => {
  test.each([
    ['0.0.0.0'],
    ['0.1.2.3'],
    ['10.0.0.1'],
    ['10.255.255.255'],
    ['100.64.0.1'],
    ['100.100.100.200'],
    ['100.127.255.255'],
    ['127.0.0.1'],
    ['127.255.255.254'],
    ['169.254.169.254'],
    ['172.16.0.1'],
    ['172.31.255.255'],
    ['192.0.0.192'],
    ['192.0.2.1'],
    ['192.88.99.1'],
    ['192.168.1.1'],
    ['198.18.0.1'],
    ['198.19.255.255'],
    ['198.51.100.7'],
    ['203.0.113.9'],
    ['224.0.0.1'],
    ['239.255.255.250'],
    ['240.0.0.1'],
    ['255.255.255.255'],
    ['168.63.129.16'],
    ['::'],
    ['::1'],
    ['0:0:0:0:0:0:0:1'],
    ['::7f00:1'],
    ['::ffff:127.0.0.1'],
    ['::ffff:7f00:1'],
    ['::FFFF:10.0.0.1'],
    ['::ffff:0:127.0.0.1'],
    ['64:ff9b::7f00:1'],
    ['64:ff9b::8.8.8.8'],
    ['64:ff9b:1::1'],
    ['100::1'],
    ['2001::1'],
    ['2001:0:4136:e378::'],
    ['2001:2::1'],
    ['2001:10::1'],
    ['2001:20::1'],
    ['2001:db8::1'],
    ['2002:7f00:1::'],
    ['2002:a00:1::1'],
    ['3fff::1'],
    ['5f00::1'],
    ['fc00::1'],
    ['fd00:ec2::254'],
    ['fe80::1'],
    ['fe80::1%eth0'],
    ['2a00:1450:4001::1%eth0'],
    ['fec0::1'],
    ['ff02::1'],
    ['ff0e::1'],
    [''],
    ['localhost'],
    ['[::1]'],
    ['2130706433'],
    ['0x7f000001'],
    ['0177.0.0.1'],
    ['127.1'],
    ['8.8.8.8 '],
    ['8.8.8'],
  ])('%s', (address) => expect(isPublicAddress(address)).toBe(false));
});

describe('an address that files are fetched from', () => {
  test.each([
    ['1.1.1.1'],
    ['8.8.8.8'],
    ['9.255.255.255'],
    ['11.0.0.0'],
    ['100.63.255.255'],
    ['100.128.0.0'],
    ['126.255.255.255'],
    ['128.0.0.1'],
    ['169.253.255.255'],
    ['172.15.255.255'],
    ['172.32.0.0'],
    ['192.0.1.1'],
    ['192.167.255.255'],
    ['192.169.0.0'],
    ['198.17.255.255'],
    ['198.20.0.0'],
    ['223.255.255.255'],
    ['2001:4860:4860::8888'],
    ['2606:4700::1111'],
    ['2A00:1450:4001:0::1'],
    ['2003::1'],
    ['2001:200::1'],
  ])('%s', (address) => expect(isPublicAddress(address)).toBe(true));
});

describe('whatever address', () => {
  const any32 = fc.integer({ min: 0, max: 0xffff_ffff });

  test('IPv4 wrapped into IPv6 is never public', () => {
    fc.assert(
      fc.property(any32, (n) => {
        const wrapped = [
          `::ffff:${dotted(n)}`,
          `::ffff:${hextets(n)}`,
          `::${dotted(n)}`,
          `64:ff9b::${dotted(n)}`,
          `64:ff9b:1::${hextets(n)}`,
          `2002:${hextets(n)}::1`,
          `2001:0:${hextets(n)}::1`,
        ];
        return wrapped.every((address) => !isPublicAddress(address));
      }),
    );
  });

  test('IPv6 outside 2000::/3 is never public', () => {
    const outside = fc.integer({ min: 0, max: 0xffff }).filter((first) => first >>> 13 !== 1);
    fc.assert(
      fc.property(
        outside,
        fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 7, maxLength: 7 }),
        (first, rest) => !isPublicAddress([first, ...rest].map((part) => part.toString(16)).join(':')),
      ),
    );
  });

  test('one inside a forbidden IPv4 block is never public', () => {
    const forbidden: [number, number][] = [
      [0x0000_0000, 8],
      [0x0a00_0000, 8],
      [0x6440_0000, 10],
      [0x7f00_0000, 8],
      [0xa9fe_0000, 16],
      [0xac10_0000, 12],
      [0xc0a8_0000, 16],
      [0xc612_0000, 15],
      [0xe000_0000, 4],
      [0xf000_0000, 4],
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...forbidden),
        any32,
        ([network, bits], host) => !isPublicAddress(dotted((network | (host & (0xffff_ffff >>> bits))) >>> 0)),
      ),
      { numRuns: 500 },
    );
  });
});
