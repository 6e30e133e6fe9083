from __future__ import annotations

import sys
import textwrap

import pytest

from stanch_runner import loading, probe, returns
from stanch_runner.after_import import AfterImport
from stanch_runner.config import Entry
from stanch_runner.places import Places

MODULE = """
import functools
from flask import Flask, request
from flask.views import MethodView, View

app = Flask(__name__)

def guarded(view):
    @functools.wraps(view)
    def inner(*args, **kwargs):
        if request.args.get("who") == "nobody":
            return "who?", 401  # refused
        return view(*args, **kwargs)  # let in
    return inner

@app.route("/one")
@guarded
def one():
    if request.args.get("way") == "raises":
        raise LookupError("gone")
    if request.args.get("way") == "catches":
        try:
            int("x")
        except ValueError:
            return "caught"  # caught
    return "plain"  # plain

class Two(MethodView):
    def get(self):
        return "two"  # two

app.add_url_rule("/two", view_func=Two.as_view("two"))

class Three(View):
    def dispatch_request(self):
        return self.get()  # dispatched

    def get(self):
        return "three"  # three

app.add_url_rule("/three", view_func=Three.as_view("three"))

@app.errorhandler(LookupError)
def lost(error):
    return str(error), 404  # lost
"""


@pytest.fixture(scope="module")
def served(told, imports, tmp_path_factory):
    folder = tmp_path_factory.mktemp("returns")
    (folder / "returning.py").write_text(textwrap.dedent(MODULE))
    places = Places(str(folder), "")
    sys.path.insert(0, str(folder))
    app = loading.load(Entry("returning", "app"), str(folder), places, told)
    returns.Returns(told, places).watch(app, AfterImport(lambda *_: None))
    return app.object.test_client(), probe.Output(told, "n")


@pytest.mark.parametrize(
    ("target", "lines"),
    [
        ("/one", ["plain", "let in"]),
        ("/one?way=catches", ["caught", "let in"]),
        ("/one?way=raises", ["lost"]),
        ("/one?who=nobody", ["refused"]),
        ("/two", ["two"]),
        ("/three", ["three", "dispatched"]),
    ],
)
def test_the_line_that_answered_is_told(served, told, capfd, target, lines):
    client, output = served
    texts = MODULE.splitlines()
    for number in (71, 72):
        told.events.clear()
        with output.during(number):
            client.get(target)
        answered = [event["source"]["line"] for event in told.of("returned")]
        assert [texts[line - 1].rpartition("# ")[2] for line in answered] == lines
        assert [event["handler"] for event in told.of("returned")] == [line == "lost" for line in lines]
        assert [event["type"] for event in told.events][-1] == "probe-end"
