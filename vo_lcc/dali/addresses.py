"""Which addresses a stranger may have this server connect to (against SSRF)."""

import socket
from collections.abc import Callable, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Any, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address
GLOBAL_UNICAST = IPv6Network("2000::/3")

# What is not the public Internet, in the registries of special-purpose addresses
# (RFC 6890) and beyond: 6to4 and Teredo carry IPv4 addresses inside.
SPECIAL: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in [
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
    ]
)


class AddressRefusedError(OSError):
    """Nobody may have this server connect there."""


def is_public(address: Address) -> bool:
    """Is this one host of the public Internet?

    An IPv4 address inside of IPv6 (mapped, NAT64) counts as what it is.

    >>> [is_public(ip_address(x)) for x in ("8.8.8.8", "10.1.2.3", "::ffff:127.0.0.1")]
    [True, False, False]
    """
    address = unwrapped(address)
    if isinstance(address, IPv6Address) and address not in GLOBAL_UNICAST:
        return False
    return not is_in(address, SPECIAL)


def unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, or the same address.

    >>> unwrapped(ip_address("64:ff9b::a00:1"))
    IPv4Address('10.0.0.1')
    """
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address


def is_in(address: Address, networks: Sequence[Network]) -> bool:
    """Is the address in one of the networks?"""
    return any(
        address in network for network in networks if network.version == address.version
    )


def guarded_sockets(allow: Sequence[Network]) -> Callable[[Any], socket.socket]:
    """Makes sockets to public addresses, and to the networks of `allow`, only.

    It is given the address that will really be connected to, as `getaddrinfo` tells
    it, and raises AddressRefusedError.
    """

    def make(info: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, destination = info
        address = ip_address(destination[0])
        if not is_public(address) and not is_in(unwrapped(address), allow):
            raise AddressRefusedError
        return socket.socket(family, kind, protocol)

    return make
