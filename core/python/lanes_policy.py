"""Keeps a program of Lanes from connecting to what a stranger's scenario may not reach. It times nothing.

It needs nothing but the standard library, and Python 3.9.
"""

import errno
import os
import sys

# Of address space, where strangers' servers send what they like.
MOST_MEMORY_BYTES = 4 << 30


def is_public(ip):
    """Whether an address is on the public internet; `engine/net/policy.rs` says the same."""
    if ip.version == 6:
        if ip.ipv4_mapped:
            return is_public(ip.ipv4_mapped)
        a, b = int(ip) >> 112, int(ip) >> 96 & 0xFFFF
        hidden = a in (0x2002, 0x3FFF) or a == 0x2001 and (b < 0x200 or b == 0xDB8)
        return 0x2000 <= a < 0x4000 and not hidden
    protocol = int(ip) >> 8 == 0xC00000
    return ip.is_global and not ip.is_multicast and not protocol


def keep_to_public():
    """Refuses connections to what is not on the public internet, except the server of Lanes.

    Asked at every connection, so names that are rebound and redirects change nothing. What is downloaded without end
    meets the limit of memory.
    """
    import ipaddress
    import socket
    import urllib.parse

    server = urllib.parse.urlsplit(os.environ.get("LANES_SERVER", ""))
    own = set()
    if server.hostname:
        port = server.port or 80
        own = {info[4][:2] for info in socket.getaddrinfo(server.hostname, port, type=socket.SOCK_STREAM)}

    def check(event, arguments):
        if event != "socket.connect" or not isinstance(arguments[1], tuple) or arguments[1][:2] in own:
            return
        host = arguments[1][0]
        try:
            ip = ipaddress.ip_address(host.split("%")[0])
        except ValueError:
            raise PermissionError(errno.EACCES, "%s is a name, where an address was expected" % host) from None
        if not is_public(ip):
            raise PermissionError(
                errno.EACCES,
                "%s is not on the public internet: a scenario may come from a stranger's link, so such addresses are "
                "asked only with --allow-private" % ip,
            )

    sys.addaudithook(check)
    try:
        import resource

        most = MOST_MEMORY_BYTES
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (most if hard < 0 else min(most, hard), hard))
    except (ImportError, OSError, ValueError):
        pass
