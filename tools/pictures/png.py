"""PNG files made small: a screenshot has few colours, so a palette of them is enough."""

import struct
import zlib
from collections import Counter

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# The number of channels by the colour type of a screenshot: RGB and RGBA.
CHANNELS = {2: 3, 6: 4}


def shrink(path):
    """Replaces a PNG file of full colour by one with a palette; transparency is lost."""
    width, rows = decoded(path.read_bytes())
    counts = Counter(pixel for row in rows for pixel in row)
    palette = [pixel for pixel, _ in counts.most_common(256)]
    places = {pixel: place for place, pixel in enumerate(palette)}
    for pixel in counts:
        if pixel not in places:
            places[pixel] = min(range(len(palette)), key=lambda place: distance(pixel, palette[place]))
    image = b"".join(b"\0" + bytes(places[pixel] for pixel in row) for row in rows)
    header = struct.pack(">IIBBBBB", width, len(rows), 8, 3, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"PLTE", b"".join(palette)), (b"IDAT", zlib.compress(image, 9)), (b"IEND", b"")]
    path.write_bytes(SIGNATURE + b"".join(chunk(kind, data) for kind, data in chunks))


def distance(one, other):
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def decoded(data):
    """The width of an image, and its rows of pixels."""
    place, packed = len(SIGNATURE), b""
    while place < len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        content = data[place + 8 : place + 8 + length]
        place += 12 + length
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack_from(">IIBB", content)
            if depth != 8 or colour not in CHANNELS:
                raise ValueError(f"not a screenshot: depth {depth}, colour type {colour}")
        elif kind == b"IDAT":
            packed += content
    size = CHANNELS[colour]
    lines, above, rows = zlib.decompress(packed), bytes(width * size), []
    for start in range(0, height * (width * size + 1), width * size + 1):
        line = unfiltered(lines[start], bytearray(lines[start + 1 : start + 1 + width * size]), above, size)
        rows.append([bytes(line[at : at + 3]) for at in range(0, width * size, size)])
        above = line
    return width, rows


def unfiltered(kind, line, above, size):
    """A row of bytes without its filter, as the specification of PNG says."""
    for at, value in enumerate(line):
        left = line[at - size] if at >= size else 0
        match kind:
            case 0:
                break
            case 1:
                predicted = left
            case 2:
                predicted = above[at]
            case 3:
                predicted = (left + above[at]) // 2
            case _:
                predicted = paeth(left, above[at], above[at - size] if at >= size else 0)
        line[at] = (value + predicted) & 255
    return line


def paeth(left, above, corner):
    estimate = left + above - corner
    return min((left, above, corner), key=lambda each: abs(estimate - each))
