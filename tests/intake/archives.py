"""Archives made by hand, because the standard library writes neither zstd into zip nor what strangers write."""

import bz2
import io
import lzma
import struct
import sys
import tarfile
import zipfile
import zlib

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def deflate(data):
    packer = zlib.compressobj(9, wbits=-15)
    return packer.compress(data) + packer.flush()


PACK = {0: bytes, 8: deflate, 12: bz2.compress, 93: zstd.compress, 95: lzma.compress}


def zipped(members, method=8, **changed):
    """Return a zip archive of {name: content}; *changed* writes other values into the directory."""
    out, directory = bytearray(), bytearray()
    for name, content in members.items():
        raw, packed = name.encode(), PACK[method](content)
        sizes = struct.pack(
            "<III", changed.get("crc", zlib.crc32(content)), len(packed), changed.get("size", len(content))
        )
        fields = struct.pack("<HHHHH", 20, changed.get("flags", 0x800), method, 0, 0x21)
        head = fields + sizes + struct.pack("<HH", len(raw), 0)
        mode = changed.get("mode", 0o100644)
        directory += b"PK\x01\x02" + struct.pack("<H", 3 << 8 | 20) + head
        directory += struct.pack("<HHHII", 0, 0, 0, mode << 16, len(out)) + raw
        out += b"PK\x03\x04" + head + raw + packed
    end = struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(directory), len(out), 0)
    return bytes(out + directory + b"PK\x05\x06" + end)


def taped(members, kind=tarfile.PAX_FORMAT):
    """Return a tar archive of {name: content}, or of {name: TarInfo} for what is no plain file."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=kind) as archive:
        for name, content in members.items():
            info = content if isinstance(content, tarfile.TarInfo) else tarfile.TarInfo(name)
            if isinstance(content, bytes):
                info.size = len(content)
            archive.addfile(info, io.BytesIO(content) if isinstance(content, bytes) else None)
    return held.getvalue()


def special(name, kind, target=""):
    """Return a member that is a link, a device or a folder."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def many_in_zip(members):
    """Return a zip archive of (name, content) pairs, names repeated as they are."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return held.getvalue()
