"""The Workbench as plain Python: tables of every kind are read or refused in a sentence, and numbers equal scikit-learn's."""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import Lasso, Ridge
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import reglesson.choosing as choosing

sys.path.append(str(Path(__file__).resolve().parent.parent / "book" / "_ext" / "workbench"))
import look
import table

TABLES = Path(__file__).parent / "tables"
DATA = {"longley": ("totemp", None), "grunfeld": ("invest", "firm"), "cars": ("Miles_per_Gallon", None)}


def text_of(columns, mark=",", rows=12):
    """A table with a response y of numbers and the columns given as {name: list of cells, repeated to the length}."""
    columns = {"y": [str(k * k) for k in range(rows)]} | columns
    cells = [[values[k % len(values)] for values in columns.values()] for k in range(rows)]
    return "\n".join(mark.join(row) for row in [list(columns), *cells]) + "\n"


def features(data, response="y", group=None):
    """The design of a table as {name: list of values}, and its notes."""
    read = table.read(data)
    made = table.design(read, response, group)
    return {name: made.X[:, j].tolist() for j, name in enumerate(made.names)}, read.notes + made.notes


# -- how cells are read -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mark", "cells", "wanted"),
    [
        (",", ["1.5", "-2", "3e2"], [1.5, -2, 300]),
        (";", ["1,5", "-2", "1.234,5"], [1.5, -2, 1234.5]),
        ("\t", ["1,5", "2,25"], [1.5, 2.25]),
        ("|", ["1.5", "2"], [1.5, 2]),
        (";", ["1.5", "2.25"], [1.5, 2.25]),  # a semicolon, and a decimal point all the same
        (";", ["1,234", "2,500"], [1.234, 2.5]),  # in a table of semicolons a comma begins decimals
        (",", ['"1,234"', '"12,500"'], [1234, 12500]),  # in a table of commas it parts thousands
        (",", ["1 234", "2\u00a0500"], [1234, 2500]),
        (",", ["12%", "50%"], [0.12, 0.5]),
        (",", ["$5", "$7.5"], [5, 7.5]),
        (",", ["-$5", "-$7.5", "12"], [-5, -7.5, 12]),
        (";", ["0.125", "-0.5", "0.250"], [0.125, -0.5, 0.25]),  # no thousands begin with a zero
        (",", ['"0,125"', '"12,500"'], [0.125, 12.5]),
        (";", ["1.234.567", "234.567"], [1234567, 234567]),
        (",", ["2020-01-01T00:00:00.5+01:00", "2020-01-01T00:00:00Z"], [43831 + (0.5 - 3600) / 86400, 43831]),
        (",", ["\u22125", "7"], [-5, 7]),
        (",", ["2020-01-01", "2020-01-03"], [43831, 43833]),
        (",", ["31.12.2020", "1.1.2021"], [44196, 44197]),
        (",", ["12/31/2020", "1/1/2021"], [44196, 44197]),
        (",", ["31/12/2020", "1/1/2021"], [44196, 44197]),
        (",", ["2020-01-01 12:00", "2020-01-01T18:00:00"], [43831.5, 43831.75]),
        (",", ['"1"', '"2"'], [1, 2]),
        (",", ['="007"', '="8"'], [7, 8]),
    ],
)
def test_numbers_and_dates_are_read_as_a_spreadsheet_reads_them(mark, cells, wanted):
    # one more cell, of one reading only, would settle what is ambiguous: there is none here
    found, _ = features(text_of({"x": cells}, mark))
    assert found["x"][: len(wanted)] == wanted


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (["$5", "+ €7.5"], "“x” has two units, $5 in row 2 and + €7.5 in row 3"),
        (["5", "12%"], "“x” has two units, 5 in row 2 and 12% in row 3"),
        (["2", "1e200"], "row 3 of “x” holds 1e200, which is too large to be squared"),
    ],
)
def test_numbers_that_mean_several_things_or_are_too_large_are_left_out_with_a_word(cells, why):
    assert f"Left out: {why}." in features(text_of({"x": cells, "z": ["1", "2", "4"]}))[1]


@pytest.mark.parametrize(("mark", "cells"), [("\t", ["987", "1.034"]), (";", ["1.034", "987"]), (",", ['"1,034"', "987"])])
def test_a_mark_that_may_part_thousands_or_begin_decimals_is_told_as_it_was_read(mark, cells):
    found, notes = features(text_of({"x": cells}, mark))
    row = 3 - cells.index("987")
    assert any(note.startswith(f"Row {row} of “x”, 1") and f" is read as {found['x'][row - 2]:g}. " in note for note in notes)


@pytest.mark.parametrize("header", ["", "a, in kg{0}b, in m{0}c, in s\n"])
@pytest.mark.parametrize("mark", ["\t", ";", "|"])
def test_decimal_commas_are_not_taken_for_what_parts_cells(mark, header):
    rows = "\n".join(mark.join((f"{k},5", f"{k % 4},25", f"{k % 3},1")) for k in range(12))
    read = table.read(header.format(mark) + rows)
    assert [column.values[1] for column in read.columns] == [1.5, 1.25, 1.1]


def test_a_header_that_may_be_data_is_told():
    assert "though 5.1 is a number" in table.read("5.1,3.5,setosa\n4.9,3.0,setosa\n").notes[0]


def test_what_programs_write_for_no_number_is_missing():
    cells = ["1", "2", "-nan", "3", "+nan", "<NA>", "NaT", "4", "5", "6"]
    assert features(text_of({"x": cells}, rows=20))[0]["x"] == [1, 2, 3, 4, 5, 6] * 2


def test_a_column_that_says_nothing_costs_no_rows():
    found, notes = features(text_of({"flag": ["x", ""], "z": ["1", "2", "4"]}))
    assert list(found) == ["z"] and len(found["z"]) == 12
    assert notes == ["Left out: “flag” is the same in all rows in which it has a value."]


def test_numbers_that_differ_in_their_last_bits_are_the_same():
    assert features(text_of({"x": ["0.3", repr(0.1 * 3)], "z": ["1", "2", "4"]})) == (
        {"z": [1, 2, 4] * 4}, ["Left out: “x” is the same in all rows."])  # fmt: skip


def test_groups_that_are_numbers_are_compared_as_numbers():
    read = table.read(text_of({"x": ["1", "2", "4"], "g": ["1", "1.0", "01", "2", "3", "4"]}))
    assert len(set(table.design(read, "y", "g").groups)) == 4


def test_a_response_that_leans_on_no_feature_is_predicted_by_its_mean():
    look.begin("a,b,y\n" + "0,0,0\n0,1,1\n1,0,1\n1,1,0\n" * 5)
    told = json.loads(look.look("y", ""))["methods"]["lasso"]
    assert [row[1] for row in told["weights"]] == ["0.5", "0", "0"]
    assert "No feature is used there, and none at a larger λ." in told["says"] and "may lie beyond" not in told["says"]


def test_weights_keep_the_digits_with_which_a_column_far_from_zero_predicts():
    rng, t = np.random.default_rng(0), 1_700_000_000_000 + 1000 * np.arange(40)
    y = 3 + 0.1 * np.arange(40) + 0.1 * rng.normal(size=40)
    look.begin("y,t\n" + "\n".join(f"{a!r},{b}" for a, b in zip(y.tolist(), t.tolist(), strict=True)))
    for method in json.loads(look.look("y", ""))["methods"].values():
        (_, intercept, _), (_, weight, _) = method["weights"]
        assert np.mean((float(intercept) + float(weight) * t - y) ** 2) < 0.02


@pytest.mark.parametrize("data", [b"\xef\xbb\xbf", "utf-16", "cp1252"])
def test_marks_and_encodings_of_windows_are_understood(data):
    text = text_of({"größe": ["1", "2"]})
    coded = data + text.encode() if isinstance(data, bytes) else text.encode(data)
    found, _ = features(coded)
    assert list(found) == ["größe"]


def test_a_pasted_text_lines_of_windows_and_the_hint_of_excel_are_understood():
    assert list(features("\ufeff" + text_of({"x": ["1", "2"]}, ";").replace("\n", "\r\n"))[0]) == ["x"]
    assert list(features("sep=;\r\n" + text_of({"x": ["1", "2"]}, ";"))[0]) == ["x"]


def test_words_become_columns_of_zero_and_one():
    found, _ = features(text_of({"x": ["1", "2"], "city": ["Rome", "Oslo", "Bern"], "smokes": ["no", "yes"]}))
    assert list(found) == ["x", "city = Bern", "city = Oslo", "city = Rome", "smokes = yes"]
    assert found["city = Rome"][:4] == [1, 0, 0, 1] and found["smokes = yes"][:3] == [0, 1, 0]


def test_quotes_hold_delimiters_lines_and_quotes():
    found, _ = features(text_of({"x": ["1", "2"], '"a, ""b""\nc"': ['"one, 1"', '"two\nlines"']}))
    assert list(found) == ["x", 'a, "b" c = two\nlines']


def test_equal_and_empty_names_are_told_apart():
    text = "y,x,x,,x (2)\n" + "\n".join(f"{k * k},{k},{-k},{k % 3},{k % 5}" for k in range(12))
    found, notes = features(text)
    assert list(found) == ["x", "x (2)", "column 4", "x (2) (2)"]
    assert any("“x” stands twice in row 1" in note and "column 3" in note for note in notes)


def test_a_table_without_names_is_told_from_one_with():
    text = text_of({"x": ["1", "2"]})
    found, notes = features(text.partition("\n")[2], "column 1")
    assert list(found) == ["column 2"] and len(found["column 2"]) == 12
    assert any("no names" in note for note in notes)


def test_rows_with_a_missing_value_are_left_out_and_told():
    text = text_of({"x": ["1", "2", "3"], "z": ["5", "6"]}, rows=40)
    lines = text.splitlines()
    lines[7] = "36,NA,5"
    lines[9] = "64,1"  # short: what is missing at the end is missing
    lines.insert(3, "")
    found, notes = features("\n".join(lines))
    assert len(found["x"]) == 38
    assert "Left out: 2 of 40 rows, in which a value is missing; the first is row 9, in “x”." in notes


def test_columns_that_say_nothing_are_left_out_and_told():
    columns = {
        "x": ["1", "2"], "same": ["7"], "one": ["a"], "name": [f"n{k}" for k in range(40)], "sparse": ["", "", "1"], "empty": [""],
    }  # fmt: skip
    found, notes = features(text_of(columns, rows=40))
    assert list(found) == ["x"]
    for words in ("“same” is the same", "“one = a” is the same", "“name” is text with 40 different words",
                  "“sparse” misses 27 of 40", "“empty” is empty from row 2 to row 41"):  # fmt: skip
        assert any(words in note for note in notes), words


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["1", "=A1+B1", "3"], "row 3 of “x” holds a formula, =A1+B1"),
        (["1", "2", "12 kg", "4"], "row 4 of “x” holds “12 kg”, which is no number"),
        (["1", "2", "#DIV/0!"], "row 4 of “x” holds “#DIV/0!”, which is no number"),
        (["1", "inf", "2"], "row 3 of “x” holds “inf”, which is no number"),
        (["1", "1e999", "2"], "row 3 of “x” holds “1e999”, which is no number"),
        (["1/2/2020", "3/4/2021"], "row 2 of “x”, 1/2/2020, can have the day or the month first"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named_with_row_and_column(cells, words):
    text = text_of({"z": ["1", "2"], "x": cells})
    found, notes = features(text)
    assert list(found) == ["z"] and any(words in note for note in notes)
    with pytest.raises(table.Refused, match="The response cannot be read"):
        features(text, "x")
    assert words in json.loads(look.begin(text))["notes"][0]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("", "the text is empty"),
        ("y,x\n", "a header, row 1, and no row below it"),
        ("y,x\n1,2\n", "Too few rows: 1 from row 2 to row 2"),
        ("y\n" + "1\n2\n" * 9, "has no column to predict from"),
        ("y,x\n1,2\n3,4,5\n", "Row 3 has a value, “5”, behind the last column of the header, “x”"),
        ('y,x\n1,2\n3,"4\n5,6\n', "Row 3: a quotation mark is opened in column 2 and never closed"),
        (text_of({"x": ["7"]}), "No column varies beside “y”"),
        ("y,x\n" + "5,1\n5,2\n" * 9, "“y”, is 5 in each row"),
        ("y,x\n" + "a,1\nb,2\n" * 9, "row 2 of “y” holds “a”"),
        ("y,x\n" + "1,\n,2\n5,\n,3\n4,\n,9\n" * 3, "Too few rows: 0 from row 2 to row 19"),
        (b"PK\x03\x04abc", "save its sheet as CSV"),
        ("y,x\n1,\0\n", "bytes that are no text"),
    ],
)
def test_what_cannot_be_fitted_is_refused_in_a_sentence(data, words):
    with pytest.raises(table.Refused) as refused:
        features(data)
    assert words in str(refused.value) and str(refused.value).endswith(".")


def test_groups_are_names_and_no_feature():
    text = text_of({"x": ["1", "2"], "who": ["a", "b", "c"]})
    read = table.read(text)
    made = table.design(read, "y", "who")
    assert made.names == ["x"] and made.groups.tolist()[:4] == ["a", "b", "c", "a"]
    for group, words in (("y", "is the response"), ("x", "names 2 groups")):
        with pytest.raises(table.Refused, match=words):
            table.design(read, "y", group)


def test_a_million_rows_are_read_and_ten_thousand_columns():
    read = table.read("y,x\n" + "1,2.5\n3,-4\n" * 500_000)
    assert len(read.rows) == 1_000_000 and table.design(read, "y").X.sum() == 500_000 * (2.5 - 4)
    with pytest.raises(table.Refused, match=r"With row 1,000,002 and 2 columns .* more than 2,000,000 values.* part of its rows"):
        table.read("y,x\n" + "1,2\n" * 1_000_001)
    wide = ",".join(f"x{k}" for k in range(10_000))
    read = table.read(f"{wide}\n" + "\n".join(",".join(str(k * j % 7) for j in range(10_000)) for k in range(12)))
    assert table.design(read, "x1").X.shape[1] > 5000
    with pytest.raises(table.Refused, match=r"With row 202 and 10,000 columns .* take fewer columns"):
        table.read(f"{wide}\n" + f"{wide.replace('x', '')}\n" * 201)


def test_of_very_many_features_the_largest_weights_are_shown_and_the_pictures_are_drawn():
    names = [f"x{j}" for j in range(1200)]
    rows = np.random.default_rng(0).normal(size=(20, 1200)).round(3)
    lines = [",".join([f"{x}" for x in [row[7] - 2 * row[700], *row]]) for row in rows]
    assert json.loads(look.begin("\n".join([",".join(["y", *names]), *lines])))["state"] == "done"
    answer = json.loads(look.look("y", ""))
    fit, made = look.last["results"]["ridge"]["best"], look.last["design"]
    shown = [name for name, *_ in answer["methods"]["ridge"]["weights"][1:]]
    left = [j for j, name in enumerate(made.names) if name not in shown]
    assert len(shown) == look.SHOWN and len(left) == 1200 - look.SHOWN and shown == sorted(shown, key=made.names.index)
    assert np.abs(fit.coef[left]).max() <= min(np.abs(fit.coef[made.names.index(name)]) for name in shown)
    assert any("500 of the 1,200 features" in note for note in answer["notes"])
    assert json.loads(look.pictures(""))["state"] == "done"


# -- what is computed: equal to scikit-learn's ---------------------------------------------------------------------


def looked(name):
    """A data set as the page sends it, and what is answered."""
    response, group = DATA[name]
    begun = json.loads(look.begin((TABLES / f"{name}.csv").read_bytes()))
    assert begun["state"] == "done" and response in begun["responses"]
    answer = json.loads(look.look(response, group or ""))
    assert answer["state"] == "done"
    return look.last["design"], answer


def test_the_three_tables_are_read_as_they_are():
    assert looked("longley")[0].X.shape == (16, 6)
    firms = looked("grunfeld")[0]
    assert firms.X.shape == (77, 3) and len(set(firms.groups)) == 11 and firms.y[0] == 317.6
    cars, answer = looked("cars")
    assert cars.names[-3:] == ["Origin = Europe", "Origin = Japan", "Origin = USA"] and "Year" in cars.names
    assert any("“Name” is text with" in note for note in answer["notes"])
    assert any("rows, in which a value is missing; the first is row 4" in note for note in answer["notes"])


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("method", ["ridge", "lasso"])
def test_errors_choices_and_weights_are_those_of_scikit_learn(name, method):
    made, answer = looked(name)
    X, y, n = made.X, made.y, len(made.y)
    found = look.last["results"][method]["found"]
    folds = look.last["results"][method]["folds"]
    assert folds == (10 if n >= 50 else 5)
    rng = np.random.default_rng(look.SEED)
    dealt = choosing.kfold(n, folds, rng) if made.groups is None else choosing.group_kfold(made.groups, folds, rng)
    splits = [(np.delete(np.arange(n), fold), fold) for fold in dealt]
    if made.groups is not None:
        assert all(not set(made.groups[train]) & set(made.groups[test]) for train, test in splits)

    def theirs(lam, rows):
        return Ridge(alpha=rows * lam) if method == "ridge" else Lasso(alpha=lam / 2, tol=1e-12, max_iter=1_000_000)

    tried = found.lams[:: max(1, len(found.lams) // 8)]
    for lam in {*tried, found.best, found.one_se}:
        errors = [-cross_val_score(make_pipeline(StandardScaler(), theirs(lam, len(train))), X, y, cv=[(train, test)],
                                   scoring="neg_mean_squared_error")[0] for train, test in splits]  # fmt: skip
        at = int(np.argmax(found.lams == lam))
        assert found.mean[at] == pytest.approx(np.mean(errors), rel=1e-6)
        assert found.se[at] == pytest.approx(np.std(errors, ddof=1) / np.sqrt(folds), rel=1e-5)
    assert found.mean.min() == found.mean[found.lams == found.best][0]
    bound = found.mean.min() + found.se[found.lams == found.best][0]
    assert found.one_se == found.lams[found.mean <= bound].max()

    shown = answer["methods"][method]
    told = {name: [float(v) for v in values] for name, *values in shown["penalties"]}
    assert told["this book's λ"] == [found.best, found.one_se]
    assert told["scikit-learn, Ridge(alpha=…)"] == pytest.approx([n * found.best, n * found.one_se], rel=1e-6)
    assert told["scikit-learn, Lasso(alpha=…)"] == pytest.approx([found.best / 2, found.one_se / 2], rel=1e-6)
    scaler = StandardScaler().fit(X)
    for k, lam in enumerate((found.best, found.one_se)):
        model = theirs(lam, n).fit(scaler.transform(X), y)
        coef = model.coef_ / scaler.scale_
        wanted = [model.intercept_ - coef @ scaler.mean_, *coef]
        got = [float(row[1 + k]) for row in shown["weights"]]
        assert got == pytest.approx(wanted, rel=1e-5, abs=1e-6 * np.abs(coef).max())
    assert [row[0] for row in shown["weights"]] == ["intercept", *made.names]


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("method", ["ridge", "lasso"])
def test_the_code_to_copy_gives_the_weights_that_are_shown(name, method):
    made, answer = looked(name)
    names = {"X": made.X, "y": made.y}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the lasso of scikit-learn says where its default tolerance is not reached
        exec(answer["methods"][method]["code"]["scikit-learn"], names)
    got = [float(row[1]) for row in answer["methods"][method]["weights"][1:]]
    scale = names["X"].std(axis=0)
    assert np.asarray(got) * scale == pytest.approx(names["weights"] * scale, abs=1e-2 * np.abs(names["weights"] * scale).max())


def test_the_pictures_are_figures_and_their_sentences_agree_with_the_numbers():
    _, answer = looked("cars")
    drawn = json.loads(look.pictures(""))
    assert drawn["state"] == "done" and len(drawn["figures"]) == 2
    best = {method: found["penalties"][0][1] for method, found in answer["methods"].items()}
    assert f"The best λ is {best['ridge']} for ridge and {best['lasso']} for the lasso." in drawn["figures"][0]
    assert all('<figure class="explorer"' in figure and "<svg" in figure for figure in drawn["figures"])


def test_pictures_are_drawn_of_hard_tables_too():
    for columns in ({"x": ["1e9", "2e9", "5"]}, {"a name that goes on and on and on $x_1$": ["1", "2", "3"]},
                    {f"x{k}": [str(k + 1), str(k * k), "3", "-1"] for k in range(60)}):  # fmt: skip
        text = text_of(columns, rows=30).replace("\ny", "\nyyy")
        assert json.loads(look.begin(text))["state"] == "done"
        assert json.loads(look.look("y", ""))["state"] == "done"
        drawn = json.loads(look.pictures(""))
        assert drawn["state"] == "done", drawn


def test_the_page_is_told_what_cannot_be_done():
    assert json.loads(look.begin("y,x\n1\n,,3"))["state"] == "refused"
    told = json.loads(look.begin("Report of 2024\ny;x\n" + "1;2\n3;5\n" * 9))
    assert told["state"] == "refused" and "parted by commas, semicolons or tabs" in told["says"]
    assert told["says"].startswith("No column holds numbers, so there is none to predict. Row 1 must hold the names of the columns")
    look.begin(text_of({"x": ["7"]}))
    assert json.loads(look.look("y", ""))["state"] == "refused"
