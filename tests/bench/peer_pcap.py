"""Reads a capture with dpkt: the fields of a packet record as a tuple, nothing kept. Prints packets and seconds."""
import socket
import sys
import time

import dpkt


def packets(path, at_most):
    count = 0
    with open(path, "rb") as file:
        for timestamp, frame in dpkt.pcap.Reader(file):
            ethernet = dpkt.ethernet.Ethernet(frame)
            ip = ethernet.data
            if isinstance(ip, dpkt.ip.IP):
                ends = socket.inet_ntop(socket.AF_INET, ip.src), socket.inet_ntop(socket.AF_INET, ip.dst)
            else:
                ends = socket.inet_ntop(socket.AF_INET6, ip.src), socket.inet_ntop(socket.AF_INET6, ip.dst)
            segment = ip.data
            flags = segment.flags if isinstance(segment, dpkt.tcp.TCP) else None
            record = (timestamp, len(frame), ip.p, *ends, segment.sport, segment.dport, flags)
            count += len(record) > 0
            if count == at_most:
                break
    return count


start = time.perf_counter()
count = packets(sys.argv[1], int(sys.argv[2]))
print(count, time.perf_counter() - start)
