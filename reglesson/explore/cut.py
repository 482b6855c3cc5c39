"""SVG cut into pieces that frames share.

An SVG of matplotlib is cut into its artists (an axis tick, a line, a label).
Most of them are the same in all frames, so each distinct piece is stored once,
and a frame is what changed since the frame before it.
"""

import functools
import itertools
import math
import re
import zlib
from xml.etree import ElementTree

from reglesson.explore import same, settings

SVG = "http://www.w3.org/2000/svg"
XLINK = "{http://www.w3.org/1999/xlink}"
FINE = 10  # hundredths of a point to which places are rounded: off by less than a tenth of a pixel where a figure is 700 wide
SHAPE = 5  # the same of the shapes of marks, which are small and come once
SLACK = 0.05  # points by which a line of many points may pass one that it leaves out: a tenth of such a pixel
LONG = 9  # points from which on a line leaves out what it can; bars and boxes have fewer
PLACE, LOOK = {"x", "y"}, {"style", XLINK + "href"}  # what says where a mark is, and all that else is said of one
RIGHT = "right"  # ends the name of axes that stand in a right-hand panel
PLACES = {*PLACE, "width", "height"}
NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)")
COORDINATES = {"M": 2, "L": 2, "Q": 4, "C": 6, "Z": 0}  # how many numbers a step of a path has, of each kind that matplotlib draws
COLOUR = re.compile("#[0-9a-f]{6}")
REFERENCE = re.compile(r"""url\(["']?#([^"')]+)["']?\)""")
GROUP = re.compile(rf"(figure|axes|matplotlib\.axis|legend)_\d|{same.KEPT}")


def cut(svg, prefix, kept=None):
    """The viewBox of matplotlib's SVG and its pieces, with ids made the page's own and colours made variables.

    `kept` has the pieces of groups that stand in pictures before by name alone; those of new ones are added to it.

    Raises
    ------
    ValueError
        If something refers to a part of the picture that is not there.
    """
    root = ElementTree.fromstring(svg)
    _put_areas_in_place(root)
    wanted = {target for element in root.iter() for value in element.attrib.values() for target in REFERENCE.findall(value)}
    wanted |= {element.get(XLINK + "href")[1:] for element in root.iter() if element.get(XLINK + "href", "").startswith("#")}
    there, kept = {element.get("id") for element in root.iter()}, {} if kept is None else kept
    for name in there & kept.keys():
        known = "".join(kept[name])
        there |= set(re.findall(rf'\sid="{prefix}-([^"]+)"', known))
        wanted |= set(re.findall(rf'#{prefix}-([^")]+)', known))
    missing = wanted - there
    if missing:
        raise ValueError(f"the picture refers to {', '.join(sorted(missing))}, which is not in it")
    pieces, names, looks = [], settings.variables(), set()

    def walk(element, right=False):
        for child in element:
            if child.tag == f"{{{SVG}}}metadata" or (child.tag == f"{{{SVG}}}defs" and child.find(f"{{{SVG}}}style") is not None):
                continue
            name, first = child.get("id", ""), len(pieces)
            if name in kept:
                pieces.extend(kept[name])
            elif GROUP.match(name) and set(child.attrib) == {"id"}:
                walk(child, right or name.endswith(RIGHT))
                if name.startswith(same.KEPT):
                    kept[name] = pieces[first:]
            else:
                _join_lines(child)
                for part in (*_definitions(child), *_clouds(child, looks), child):
                    piece = _piece(part, prefix, names, wanted)
                    # what is in the right panel says so, for a phone shows it below the left one
                    pieces.append(re.sub(r"^<(?!defs)(\w+)", r'<\1 class="explorer-right"', piece) if right else piece)

    walk(root)
    return root.get("viewBox"), [p for p in pieces if p]


def _put_areas_in_place(root):
    """Draw areas where they are: matplotlib writes one as a mark that it puts in the picture's corner, with a name by its shape.

    A mark is a copy that the browser makes, and a shape of another name is a new one for all that refer to it.
    """
    height, placed = root.get("viewBox", "0 0 0 0").split()[3], set()
    shapes = {f"#{path.get('id')}": path for path in root.iter(f"{{{SVG}}}path")}

    def walk(element):
        for k, child in enumerate(element):
            if child.get("id", "").startswith(same.KEPT):
                continue  # what is drawn once may be named by what is not
            shape = shapes.get(child.get(XLINK + "href"))
            if shape is not None and (child.get("x"), child.get("y")) == ("0", height):
                turn = itertools.count()
                path = NUMBER.sub(lambda m, turn=turn: f"{float(m[0]) + float(height) * (next(turn) % 2):.6f}", shape.get("d"))
                element[k] = ElementTree.Element(f"{{{SVG}}}path", d=path, style=child.get("style", ""))
                placed.add(shape.get("id"))
            walk(child)

    walk(root)
    placed -= {use.get(XLINK + "href")[1:] for use in root.iter(f"{{{SVG}}}use")}
    for group in list(root.iter(f"{{{SVG}}}g")):
        for defs in group.findall(f"{{{SVG}}}defs"):
            if {shape.get("id") for shape in defs} <= placed and len(defs):
                group.remove(defs)


def _definitions(artist):
    """Take the shapes of its marks out of an artist: a mark that moves keeps its shape."""
    found = [(group, shape) for group in artist.iter() for shape in group.findall(f"{{{SVG}}}defs")]
    for group, shape in found:
        group.remove(shape)
    return [shape for _, shape in found]


def _join_lines(artist):
    """Make one path of the lines of an artist that look alike, unless one would shine through another."""
    for group in artist.iter(f"{{{SVG}}}g"):
        lines = list(group)
        look = {key: value for line in lines[:1] for key, value in line.items() if key != "d"}
        if all(line.tag == f"{{{SVG}}}path" and dict(line.items()) == look | {"d": line.get("d")} for line in lines):
            if "fill: none" in look.get("style", "") and "opacity" not in look["style"]:
                for line in lines[1:]:
                    lines[0].set("d", lines[0].get("d") + line.get("d"))
                    group.remove(line)


def _clouds(artist, looks):
    """Have marks of one look stand at the points of a path, which says where they are in few letters; return how they look.

    `looks` has the names of those that the picture has already, to which new ones are added.
    """
    found = []
    for group in artist.iter(f"{{{SVG}}}g"):
        marks = list(group)
        look = {key: value for mark in marks[:1] for key, value in mark.items() if key not in PLACE}
        alike = (m.tag == f"{{{SVG}}}use" and dict(m.items()) == look | {key: m.get(key) for key in PLACE} for m in marks)
        if len(marks) < 2 or not all(alike) or not look.keys() <= LOOK:
            continue
        name = f"{look[XLINK + 'href'][1:]}-{zlib.crc32(look.get('style', '').encode()):x}"
        path = "".join(f"{'L' if k else 'M'} {mark.get('x')} {mark.get('y')} " for k, mark in enumerate(marks))
        for mark in marks:
            group.remove(mark)
        ElementTree.SubElement(group, f"{{{SVG}}}path", d=path, style=f"fill:none;marker:url(#{name})")
        if name not in looks:
            looks.add(name)
            shape = ElementTree.Element(f"{{{SVG}}}defs")
            marker = ElementTree.SubElement(shape, f"{{{SVG}}}marker", id=name, markerUnits="userSpaceOnUse", overflow="visible")
            ElementTree.SubElement(marker, f"{{{SVG}}}use", look)
            found.append(shape)
    return found


def _piece(element, prefix, names, wanted):
    for child in element.iter():
        if child.get("id") in wanted or child.tag == f"{{{SVG}}}marker":
            child.set("id", f"{prefix}-{child.get('id')}")
        else:
            child.attrib.pop("id", None)
        if XLINK + "href" in child.attrib:
            target = child.attrib.pop(XLINK + "href")
            child.set("href", f"#{prefix}-{target[1:]}" if target.startswith("#") else target)
        for name, value in child.attrib.items():
            if "url(" in value:
                child.set(name, REFERENCE.sub(lambda m: f"url(#{prefix}-{m[1]})", value))
        if "style" in child.attrib:
            css = _restyled(child.get("style"))
            child.set("style", COLOUR.sub(lambda m: f"var(--reg-{names[m[0]]})" if m[0] in names else m[0], css))
        for name in ("transform", "points"):
            if name in child.attrib:
                child.set(name, _shortened(child.get(name)))
        for name in PLACES & child.attrib.keys():
            child.set(name, _rounded(child.get(name)))
        if child.get("transform") == "":
            del child.attrib["transform"]
        if "d" in child.attrib:
            marks = "marker:" in child.get("style", "")  # of which none is left out
            path = child.get("d") if marks else fewer(child.get("d"), SLACK)
            child.set("d", steps(path, SHAPE if element.tag == f"{{{SVG}}}defs" else FINE))
        child.tail = None
        if not (child.text or "").strip():
            child.text = None
    if element.tag == f"{{{SVG}}}g" and not len(element):
        return ""
    text = ElementTree.tostring(element, encoding="unicode")
    return re.sub(r"<(/?)\w+:", r"<\1", re.sub(r'\sxmlns:\w+="[^"]*"', "", text))


@functools.lru_cache(10_000)
def _restyled(css):
    css = re.sub(r"font: (?:(italic|oblique) )?(?:(bold|\d+) )?([\d.]+px) [^;]*", r"font-size:\3;font-weight:\2;font-style:\1", css)
    css = re.sub(r"font-(weight|style):(;|$)|font-family: [^;]*(;|$)", "", css)
    css = re.sub(r"(stroke-dashoffset: 0|text-anchor: start)(;|$)", "", css)  # which they are without a word
    return re.sub(r"\s*([:;])\s*", r"\1", css).strip("; ")


@functools.lru_cache(10_000)
def _rounded(numbers_text):
    """Places to `FINE` hundredths of a point."""
    return NUMBER.sub(lambda m: _hundredths(FINE * round(100 * float(m[0]) / FINE)), numbers_text)


@functools.lru_cache(10_000)
def _shortened(numbers_text):
    """Numbers to a hundredth of a point, but factors, which make much of little, to six digits."""
    parts = re.split(r"((?:scale|matrix)\([^)]*\))", " ".join(numbers_text.split()))
    for k, part in enumerate(parts):
        written = "{:.6g}" if k % 2 else "{:.2f}"
        parts[k] = re.sub(r"-?\d+\.\d+", lambda m, w=written: _plain(w.format(float(m[0]))), part)
    return re.sub(r"\s*rotate\(-?0 [^)]*\)", "", "".join(parts))


@functools.lru_cache(1000)
def fewer(path, slack):
    """A path without the points that its straight lines pass within `slack` points, of lines that are long."""
    found = re.findall(r"([A-Za-z])([^A-Za-z]*)", path)
    if len(found) < LONG or any(letter not in "MLz" for letter, _ in found):
        return path
    parts, line = [], []
    for letter, numbers in (*found, ("", "")):
        if letter != "L":
            parts += [f"{'L' if k else 'M'} {line[k]}" for k in needed(line, slack)]
            parts += [letter] * (letter == "z")
            line = []
        if numbers.strip():
            line.append(numbers)
    return " ".join(parts)


def needed(line, slack):
    """The numbers of those points of a line that it needs to pass all others within `slack` (Ramer, Douglas and Peucker)."""
    if len(line) < LONG:
        return range(len(line))
    numbers = [float(number) for number in NUMBER.findall(" ".join(line))]
    points = list(zip(numbers[::2], numbers[1::2], strict=True))
    kept, parts = {0, len(points) - 1}, [(0, len(points) - 1)]
    while parts:
        first, last = parts.pop()
        (left, low), (right, high) = points[first], points[last]
        across, up, most, farthest = right - left, high - low, slack, None
        square = math.hypot(across, up) ** 2 or 1.0
        for k in range(first + 1, last):
            x, y = points[k][0] - left, points[k][1] - low  # from the first point, then from the nearest of the straight line
            share = (x * across + y * up) / square
            if share > 0:
                share = min(share, 1.0)
                x, y = x - share * across, y - share * up
            away = math.hypot(x, y)
            if away > most:
                most, farthest = away, k
        if farthest:
            kept.add(farthest)
            parts += [(first, farthest), (farthest, last)]
    return sorted(kept)


@functools.lru_cache(1000)
def steps(path, unit):
    """A path as steps from point to point, which many curves and frames share, without letters and spaces that are not needed.

    The points are rounded to `unit` hundredths, not the steps: those are what leads from one rounded point to the next.
    """
    exact, written, began, before, parts = [0.0, 0.0], [0, 0], [0, 0], "", []
    for letter, text in re.findall(r"([A-Za-z])([^A-Za-z]*)", path):
        kind, numbers = letter.upper(), [100 * float(number) for number in NUMBER.findall(text)]
        many, found = COORDINATES[kind], []
        for k in range(0, len(numbers), many or 1):
            points = [number + (exact[i % 2] if letter.islower() else 0) for i, number in enumerate(numbers[k : k + many])]
            rounded = [unit * round(point / unit) for point in points]
            found += [value - (written[i % 2] if kind != "M" else 0) for i, value in enumerate(rounded)]
            exact, written = points[-2:], rounded[-2:]
        if kind == "M":
            began = written
        if kind == "Z":
            exact, written = list(map(float, began)), began
        mark = {"M": "M", before: ""}.get(kind, kind.lower())
        for value in found:
            number = _hundredths(value)
            joins = mark or number[0] == "-" or (number[0] == "." and "." in parts[-1])
            parts.append(f"{mark}{number}" if joins else f" {number}")
            mark = ""
        parts += [mark] * (not found)
        before = kind if kind != "M" else ""
    return "".join(parts)


@functools.lru_cache(10_000)
def _hundredths(number):
    """A number of hundredths as a path has it: .5 for 50."""
    return re.sub(r"^(-?)0\.", r"\1.", _plain(f"{number / 100:.2f}"))


def _plain(text):
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text
