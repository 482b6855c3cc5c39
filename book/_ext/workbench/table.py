"""Reads a table as its owner's spreadsheet would, from the bytes of a file or from pasted text, or says why it cannot.

`read` finds the delimiter, the header and the kind of each column; `design`
makes the matrix of a linear model out of it. What is left out, and why, is told
in `notes`; what cannot be read raises `Refused` with a sentence that names the
row and the column. Rows are counted as a spreadsheet does: the header is row 1.
Nothing here needs more than NumPy.
"""

import csv
import datetime
import io
import itertools
import math
import re
from dataclasses import dataclass, field

import numpy as np

MOST = 2_000_000  # values of a table: more do not fit into a page's memory
LEVELS = 20  # different words of a column that becomes a 0 or 1 for each; more are names rather than kinds
MISSING = {"", "na", "n/a", "#n/a", "<na>", "nan", "-nan", "+nan", "nat", "null", "none", "nil", "?", ".", "-", "–", "—"}
LARGEST = 1e100  # beyond it sums of squares are too large for a computer's numbers
DELIMITERS = {"\t": "tab", ";": "semicolon", ",": "comma", "|": "vertical bar"}
# 1,234.5 and 1.234,5: what may part thousands, and what begins the decimals
NUMBER = {
    "point": re.compile(r"([-+]?)([1-9]\d{0,2}(?:[, '’]\d{3})+|\d*)((?:\.\d*)?(?:[eE][-+]?\d{1,4})?)"),
    "comma": re.compile(r"([-+]?)([1-9]\d{0,2}(?:[. '’]\d{3})+|\d*)((?:,\d*)?(?:[eE][-+]?\d{1,4})?)"),
}
CURRENCIES = "$€£"
TIME = r"(?:[T ](?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}(?:\.\d+)?))?(?:Z|(?P<zone>[+-]\d{2}:?\d{2}))?)?"
DATES = {
    "ymd": re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})" + TIME),
    "dmy": re.compile(r"(?P<d>\d{1,2})[-/.](?P<m>\d{1,2})[-/.](?P<y>\d{4})" + TIME),
    "mdy": re.compile(r"(?P<m>\d{1,2})[-/](?P<d>\d{1,2})[-/](?P<y>\d{4})" + TIME),
}
csv.field_size_limit(10**9)


class Refused(ValueError):
    """Why a table cannot be taken, in a sentence for its owner."""


@dataclass
class Column:
    """One column: its name, its kind, and a cell for each row.

    `kind` is "number" (dates too, in days), "text", or "bad", of which `why` says which cell is wrong; `cells` are as they
    were written, `gone` tells where nothing stands, and `values` are those of numbers.
    """

    name: str
    kind: str
    cells: list
    gone: np.ndarray
    values: np.ndarray | None = None
    why: str = ""


@dataclass
class Table:
    """What was read: columns, the spreadsheet's number of each row, and what its owner should know."""

    columns: list
    rows: list
    notes: list = field(default_factory=list)

    def column(self, name):
        """Find a column by its name."""
        return next(column for column in self.columns if column.name == name)


@dataclass
class Design:
    """What a linear model needs: features (n, p) and their names, responses, groups or None, and what was left out."""

    X: np.ndarray
    names: list
    y: np.ndarray
    groups: np.ndarray | None
    notes: list


# -- from bytes to cells ------------------------------------------------------------------------------------------


def text_of(data):
    """Decode a file: UTF-8, UTF-16 with its mark, or what Windows writes else."""
    if isinstance(data, str):
        return data.removeprefix("\ufeff")
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Refused("This is a workbook and not a table of text: save its sheet as CSV, and choose that file.")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def records(text, delimiter):
    """The rows of a text, each a list of cells, read as leniently as spreadsheets do."""
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def delimiter_of(text):
    """What parts the cells: of the usual marks the one by which most rows have as many cells as the first, and most cells.

    A comma comes last where another mark parts all rows alike: it may begin decimals.
    """
    best = (0, False, 0, ",")
    for mark in DELIMITERS:
        sizes = [len(row) for row in itertools.islice(records(text[:200_000], mark), 50) if any(cell.strip() for cell in row)]
        if sizes and sizes[0] > 1:
            alike = sum(size == sizes[0] for size in sizes) / len(sizes)
            best = max(best, (alike, alike == 1 and mark != ",", sizes[0], mark))
    return best[-1]


def cells_of(text):
    """The header and the rows below it, as wide as the header, with their numbers; and the delimiter."""
    told = re.match(r"sep=(.)\r?\n", text)
    text = text[told.end() :] if told else text
    if "\0" in text:
        raise Refused("The file holds bytes that are no text: save the table as CSV in UTF-8, and choose that file.")
    delimiter = told[1] if told else delimiter_of(text)
    header, rows, numbers, row = None, [], [], []
    for number, row in enumerate(records(text, delimiter), 1):
        if not any(cell.strip() for cell in row):
            continue
        if header is None:
            header = row
            continue
        if len(row) != len(header):
            extra = next((cell for cell in row[len(header) :] if cell.strip()), None)
            if extra is not None:
                raise Refused(
                    f"Row {number} has a value, “{brief(extra)}”, behind the last column of the header, “{brief(header[-1])}”: "
                    f"it has {len(row)} cells, and the header has {len(header)}."
                )
            cells = [*row[: len(header)], *[""] * (len(header) - len(row))]
        else:
            cells = row
        if (len(rows) + 1) * len(header) > MOST:
            raise Refused(
                f"With row {number:,} and {len(header):,} columns the table has more than {MOST:,} values, which is more than "
                f"this page can hold: take {'fewer columns' if len(header) > number else 'a random part of its rows'}."
            )
        rows.append(cells)
        numbers.append(number)
    if header is None:
        raise Refused("There is no table yet: the text is empty.")
    if text.count('"') % 2 and "\n" in row[-1]:  # the last cell has swallowed what follows
        raise Refused(f"Row {number}: a quotation mark is opened in column {len(row)} and never closed, “{brief(row[-1])}”.")
    return header, rows, numbers, delimiter


def brief(cell):
    """A cell in a sentence."""
    cell = " ".join(str(cell).split())
    return cell if len(cell) <= 30 else cell[:29] + "…"


# -- from cells to values -----------------------------------------------------------------------------------------


def number_of(cell, style):
    """A cell as a number, or None; a percent is a hundredth, and a currency's sign says nothing."""
    cell = cell.replace("\u2212", "-").replace("\u00a0", " ").replace("\u202f", " ")
    share = cell.endswith("%")
    cell = re.sub(rf"^([-+]) ?[{CURRENCIES}]", r"\1", cell)
    found = NUMBER[style].fullmatch(cell.rstrip("%").strip(f" {CURRENCIES}"))
    if not found or not any(letter.isdigit() for letter in found[2] + found[3].lower().partition("e")[0]):
        return None
    value = float(found[1] + re.sub(r"\D", "", found[2]) + found[3].replace(",", "."))
    return (value / 100 if share else value) if math.isfinite(value) else None


def day_of(cell, order):
    """A date as a spreadsheet counts, in days, or None."""
    found = DATES[order].fullmatch(cell)
    if not found:
        return None
    try:
        day = datetime.datetime(*(int(found[part] or 0) for part in ("y", "m", "d", "hour", "minute")))
        zone = datetime.datetime.strptime(found["zone"], "%z").utcoffset() if found["zone"] else datetime.timedelta()
    except ValueError:
        return None
    second = float(found["second"] or 0)
    if second >= 60:
        return None
    return (day - zone + datetime.timedelta(seconds=second) - datetime.datetime(1899, 12, 30)) / datetime.timedelta(days=1)


def absent(cell):
    """Whether nothing stands in a cell."""
    return cell.lower() in MISSING


def parsed(cells, gone, how, kind):
    """Each cell as a number, NaN where none stands; or None if one is none of this kind."""
    values = np.full(len(cells), np.nan)
    for k in np.flatnonzero(~gone):
        value = how(cells[k], kind)
        if value is None:
            return None
        values[k] = value
    return values


def readings(cells, gone):
    """The numbers of a column in each style in which all its cells are numbers: {style: values}."""
    filled = ["nan" if hole else cell for cell, hole in zip(cells, gone, strict=True)]
    text = "\n".join(filled)
    if not re.search(r"[^-+\deE.\nna]", text) and not gone.all():  # the usual case, and fast
        try:
            values = np.array([float(cell) for cell in filled])
        except ValueError:  # 1.234.567
            values = np.array([np.inf])
        if not np.isinf(values).any():
            found = {"point": values}
            comma = values if "." not in text else parsed(cells, gone, number_of, "comma")
            return found | ({"comma": comma} if comma is not None else {})
    return {style: values for style in NUMBER if (values := parsed(cells, gone, number_of, style)) is not None}


def style_of(columns, delimiter):
    """How numbers are written: as most columns say that can be read in one way only, else as is usual beside the delimiter."""
    votes = {"point": 0, "comma": 0}
    for fits in columns:
        if len(fits) == 1:
            votes[next(iter(fits))] += 1
    usual = "comma" if delimiter == ";" else "point"
    other = "point" if usual == "comma" else "comma"
    return other if votes[other] > votes[usual] else usual


def read(data):
    """Read a table.

    Parameters
    ----------
    data : bytes or str
        A file, or a text that was pasted.

    Returns
    -------
    Table
        Its columns, each of one kind.

    Raises
    ------
    Refused
        If it is no table.
    """
    header, rows, numbers, delimiter = cells_of(text_of(data))
    notes = []
    if all(absent(cell.strip()) or any(number_of(cell.strip(), style) is not None for style in NUMBER) for cell in header):
        notes.append("The first row holds numbers and no names, so it is read as data, and columns are called by their place.")
        rows, numbers, header = [header, *rows], [numbers[0] - 1 if numbers else 1, *numbers], [""] * len(header)
    if not rows:
        raise Refused("The table has a header, row 1, and no row below it.")
    lists = [[cell.strip() for cell in column] for column in zip(*rows, strict=True)]
    while len(lists) > 1 and not header[-1].strip() and all(map(absent, lists[-1])):
        header, lists = header[:-1], lists[:-1]
    odd = next((cell for cell in header if any(number_of(cell.strip(), style) is not None for style in NUMBER)), None)
    if odd is not None:
        notes.append(f"Row 1 is read as names, though {brief(odd)} is a number: if it is data, write names above.")
    names = named(header, notes)
    # ="007" is how a spreadsheet is told that digits are text
    lists = [[re.sub(r'^="(.*)"$', r"\1", cell) if cell.startswith('="') else cell for cell in cells] for cells in lists]
    gone = [np.array([absent(cell) for cell in cells]) for cells in lists]
    fits = [readings(*each) for each in zip(lists, gone, strict=True)]
    style = style_of(fits, delimiter)
    columns = [column_of(*each, style, numbers) for each in zip(names, lists, gone, fits, strict=True)]
    if any("comma" in fit and (style == "comma" or len(fit) == 1) and any("," in cell for cell in cells)
           for fit, cells in zip(fits, lists, strict=True)):  # fmt: skip
        notes.append("Numbers with a comma are read with a decimal comma.")
    notes += two_ways(names, lists, fits, style, numbers)
    return Table(columns, numbers, notes)


def two_ways(names, lists, fits, style, rows):
    """A note on the first cell whose mark may part thousands or begin decimals, if there is one."""
    for name, cells, found in zip(names, lists, fits, strict=True):
        if len(found) == 2:
            differ = np.flatnonzero(np.not_equal(*found.values()) & ~np.isnan(found[style]))
            if len(differ):
                k = differ[0]
                return [f"Row {rows[k]} of “{brief(name)}”, {brief(cells[k])}, is read as {found[style][k]:.12g}. If that is "
                        "wrong, write numbers without a mark between thousands and with a decimal point."]  # fmt: skip
    return []


def named(header, notes):
    """A name of its own for each column."""
    names = {}
    for k, cell in enumerate(header, 1):
        plain = " ".join(cell.split()) or f"column {k}"
        name = next(n for n in itertools.chain([plain], (f"{plain} ({j})" for j in itertools.count(2))) if n not in names)
        if name != plain:
            notes.append(f"The name “{brief(plain)}” stands twice in row 1; the one of column {k} is called “{brief(name)}”.")
        names[name] = k
    return list(names)


def column_of(name, cells, gone, fits, style, rows):
    """A column by what stands in its cells."""
    called = f"“{brief(name)}”"

    def bad(why):
        return Column(name, "bad", cells, gone, why=why)

    formula = next((k for k, cell in enumerate(cells) if cell.startswith("=")), None)
    if formula is not None:
        return bad(f"row {rows[formula]} of {called} holds a formula, {brief(cells[formula])}, and not its value")
    if gone.all():
        return bad(f"{called} is empty from row {rows[0]} to row {rows[-1]}")
    if fits:
        written = "".join(cells)
        for marks in ("%", CURRENCIES):
            if not any(mark in written for mark in marks):  # as in most columns, of which some have a million cells
                continue
            units = [next((mark for mark in marks if mark in cell), "") for cell in cells]
            there = list(dict.fromkeys(units[k] for k in np.flatnonzero(~gone) if units[k] or marks == "%"))
            if len(there) > 1:
                one, other = (next(k for k in np.flatnonzero(~gone) if units[k] == mark) for mark in there[:2])
                told = " and ".join(f"{brief(cells[k])} in row {rows[k]}" for k in (one, other))
                return bad(f"{called} has two units, {told}")
        values = fits.get(style, next(iter(fits.values())))
        k = int(np.nanargmax(np.abs(values)))
        if abs(values[k]) > LARGEST:
            return bad(f"row {rows[k]} of {called} holds {brief(cells[k])}, which is too large to be squared")
        return Column(name, "number", cells, gone, values)
    days = {order: values for order in DATES if (values := parsed(cells, gone, day_of, order)) is not None}
    if len(days) == 2 and not np.array_equal(*days.values(), equal_nan=True):
        first = int(np.argmin(gone))
        where = f"row {rows[first]} of {called}, {brief(cells[first])}"
        return bad(f"{where}, can have the day or the month first, as can all others: "
                   "write dates as 2024-12-31")  # fmt: skip
    if days:
        return Column(name, "number", cells, gone, next(iter(days.values())))
    odd = [k for k in np.flatnonzero(~gone) if number_of(cells[k], style) is None]
    if 2 * len(odd) < (~gone).sum():
        return bad(f"row {rows[odd[0]]} of {called} holds “{brief(cells[odd[0]])}”, which is no number")
    return Column(name, "text", cells, gone)


# -- from columns to a design -------------------------------------------------------------------------------------


def design(table, response, group=None):
    """Make the features and the response of a linear model.

    A number is a feature; a text becomes a feature of 0 and 1 for each of its words, or a single one for two words. Rows
    with a missing value are left out, and so are columns that say nothing.

    Parameters
    ----------
    table : Table
        What `read` gave.
    response : str
        The name of the column that is predicted.
    group : str, optional
        The name of the column that says which rows belong together. It is no feature.

    Returns
    -------
    Design
        Features and response, without a missing value.

    Raises
    ------
    Refused
        If what is left cannot be fitted.
    """
    target = table.column(response)
    if target.kind == "bad":
        raise Refused(f"The response cannot be read: {target.why}.")
    if target.kind == "text":
        first = int(np.argmin(target.gone))
        cell = f"row {table.rows[first]} of “{brief(response)}” holds “{brief(target.cells[first])}”"
        raise Refused(f"The response must be numbers: {cell}.")
    if group == response:
        raise Refused(f"“{brief(group)}” is the response and cannot name the groups too.")
    notes, kept = [], []
    for column in table.columns:
        if column.name not in (response, group):
            why = useless(column)
            notes += [f"Left out: {why}."] if why else []
            kept += [] if why else [column]
    if not kept:
        others = " ".join(notes)
        raise Refused(f"Beside “{brief(response)}” the table has no column to predict from. {others} Cells are parted by commas, "
                      "semicolons or tabs.")  # fmt: skip
    asked = [target, *kept, *([table.column(group)] if group else [])]
    gone = np.array([column.gone for column in asked])
    whole = ~gone.any(axis=0)
    if not whole.all():
        row = int(np.argmin(whole))
        first = asked[int(np.argmax(gone[:, row]))].name
        notes.append(f"Left out: {(~whole).sum():,} of {len(whole):,} rows, in which a value is missing; the first is row "
                     f"{table.rows[row]}, in “{brief(first)}”.")  # fmt: skip
    if whole.sum() < 10:
        raise Refused(f"Too few rows: {whole.sum()} from row {table.rows[0]} to row {table.rows[-1]} have a value in each column, "
                      f"and cross-validation needs ten at least. {' '.join(notes)}".rstrip())  # fmt: skip
    y = target.values[whole]
    if y.min() == y.max():
        raise Refused(f"The response, “{brief(response)}”, is {y[0]:g} in each row: there is nothing to predict.")
    names, features = [], []
    for column in kept:
        for name, values in expanded(column, whole):
            if np.ptp(values) <= 4 * np.finfo(float).eps * np.abs(values).max():  # in the last bits there is no knowledge
                notes.append(f"Left out: “{brief(name)}” is the same in all rows.")
            else:
                names.append(name)
                features.append(values)
    if not features:
        raise Refused(f"No column varies beside “{brief(response)}”. {' '.join(notes)}")
    groups = members(table.column(group), whole) if group else None
    if group and len(set(groups)) < 3:
        raise Refused(f"“{brief(group)}” names {len(set(groups))} groups, and cross-validation by groups needs three at least.")
    return Design(np.column_stack(features), names, y, groups, notes)


def members(column, whole):
    """The group of each row: by numbers, if all are, so that 1 and 1.0 are one."""
    if column.kind == "number":
        return column.values[whole]
    return np.array([cell for cell, used in zip(column.cells, whole, strict=True) if used])


def useless(column):
    """Why a column is no feature, or an empty text; one that costs rows and says nothing is none."""
    missing = column.gone.sum()
    if column.kind == "bad":
        return column.why
    if 2 * missing > len(column.gone):
        return f"“{brief(column.name)}” misses {missing:,} of {len(column.gone):,} values"
    words = {cell for cell, gone in zip(column.cells, column.gone, strict=True) if not gone} if column.kind == "text" else ()
    if missing and len(words if column.kind == "text" else {*column.values[~column.gone]}) == 1:
        return f"“{brief(column.name)}” is the same in all rows in which it has a value"
    if len(words) > LEVELS:
        return f"“{brief(column.name)}” is text with {len(words):,} different words, such as “{brief(min(words))}”"
    return ""


def expanded(column, whole):
    """The features of a column, with their names: itself, or a 0 or 1 for each word."""
    if column.kind == "number":
        return [(column.name, column.values[whole])]
    cells = [cell for cell, used in zip(column.cells, whole, strict=True) if used]
    words = sorted(set(cells))
    shown = words[1:] if len(words) == 2 else words
    return [(f"{column.name} = {word}", np.array([float(cell == word) for cell in cells])) for word in shown]
