// Which addresses a file may be fetched from: only those of the public internet, so that a producer's URL cannot reach
// Carillon's own network. Guarantees: an address that is not surely public is refused. Of IPv6 only 2000::/3 without
// its special ranges is public, which excludes mapped, translated (NAT64) and local addresses without a list of them.
import { BlockList, isIPv4, isIPv6 } from 'node:net';

const specialIPv4 = blocks('ipv4', [
  '0.0.0.0/8', // this network
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16', // private
  '100.64.0.0/10', // carrier-grade NAT
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local, and where clouds keep their credentials
  '168.63.129.16/32', // Azure's platform, on every machine of it
  '192.0.0.0/24',
  '192.88.99.0/24', // protocol assignments, 6to4 relays
  '192.0.2.0/24',
  '198.51.100.0/24',
  '203.0.113.0/24', // documentation
  '198.18.0.0/15', // benchmarks
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, and broadcast
]);

const globalIPv6 = blocks('ipv6', ['2000::/3']);
const specialIPv6 = blocks('ipv6', [
  '2001::/23', // protocol assignments, Teredo among them, which leads to any IPv4 address
  '2001:db8::/32',
  '3fff::/20', // documentation
  '2002::/16', // 6to4, which leads to any IPv4 address
]);

export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !specialIPv4.check(address, 'ipv4');
  // A zone (`fe80::1%eth0`) names an interface of this machine.
  if (!isIPv6(address) || address.includes('%')) return false;
  return globalIPv6.check(address, 'ipv6') && !specialIPv6.check(address, 'ipv6');
}

function blocks(family: 'ipv4' | 'ipv6', ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = '', bits] = range.split('/');
    list.addSubnet(network, Number(bits), family);
  }
  return list;
}
