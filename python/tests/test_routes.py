from __future__ import annotations

import functools
import textwrap

import pytest

from stanch_runner import loading, routes
from stanch_runner.config import Entry
from stanch_runner.places import Places, def_line

MODULE = """
import functools
from flask import Flask, Blueprint
from flask.views import MethodView
from flask_restx import Api, Resource

def plain(view):
    def inner(*args):
        return view(*args)
    inner.__name__ = view.__name__
    return inner

app = Flask(__name__)
api = Api(app, prefix="/rest")
pages = Blueprint("pages", __name__, url_prefix="/pages")

@pages.route("/<uuid:key>")
@plain
def page(key):
    return "x"

app.register_blueprint(pages)

@api.route("/users/<int:number>")
class Users(Resource):
    def get(self, number):
        return {}

    @plain
    def put(self, number):
        return {}

app.add_url_rule("/partial", "partial", functools.partial(page, 1))
"""


def line(text: str) -> int:
    return next(number for number, row in enumerate(MODULE.splitlines(), 1) if text in row)


@pytest.fixture
def shop(tmp_path, monkeypatch):
    (tmp_path / "shop_under_test.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    places = Places(str(tmp_path), "")
    app = loading.load(Entry("shop_under_test"), str(tmp_path), places)
    return routes.describe(app, places)["routes"]


def test_views_are_found_under_decorators_classes_and_partials(shop):
    found = {(route["rule"], method): route for route in shop for method in route["methods"]}
    assert found["/pages/<uuid:key>", "GET"]["view"]["line"] == line("def page")
    assert found["/pages/<uuid:key>", "GET"]["converters"] == {"key": "uuid"}
    assert found["/rest/users/<int:number>", "GET"]["view"]["line"] == line("def get")
    assert found["/rest/users/<int:number>", "PUT"]["view"]["line"] == line("def put")
    assert found["/partial", "GET"]["view"]["line"] == line("def page")


def test_the_def_line_is_told_not_that_of_a_decorator(tmp_path):
    path = tmp_path / "views.py"
    path.write_text("import functools\n\n@functools.lru_cache(\n    maxsize=2,\n)\ndef view():\n    pass\n")
    space: dict = {}
    exec(compile(path.read_text(), str(path), "exec"), space)
    assert def_line(space["view"].__wrapped__.__code__) == 6


@pytest.mark.parametrize(
    ("source", "name", "factory"),
    [
        ("app = Flask('a')", None, False),
        ("weird = Flask('a')", None, False),
        ("def create_app(): return Flask('a')", None, False),
        ("def create_app(config_name): return {'development': Flask('a')}[config_name]", "create_app", True),
        ("def create_app(kind, *, debug): return Flask(kind)", "create_app('x', debug=True)", True),
        ("class Shop(Flask): pass\napp = Shop('a')", "app", False),
        ("from werkzeug.middleware.proxy_fix import ProxyFix\nwsgi = ProxyFix(Flask('a'))", "wsgi", False),
        ("class box: app = Flask('a')", "box.app", False),
    ],
)
def test_apps_are_found_however_they_are_made(tmp_path, monkeypatch, source, name, factory):
    module = f"made_{abs(hash(source))}"
    (tmp_path / f"{module}.py").write_text(f"from flask import Flask\n{textwrap.dedent(source)}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    app = loading.load(Entry(module, name, factory), str(tmp_path), Places(str(tmp_path), ""))
    assert app.framework == "flask"


def test_arguments_are_literals_only(tmp_path, monkeypatch):
    (tmp_path / "evil_args.py").write_text("def create_app(x): return x\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(loading.Failure, match="no-app|literals"):
        loading.load(Entry("evil_args", "create_app(open('x'))", True), str(tmp_path), Places(str(tmp_path), ""))


def test_layers_end_even_when_they_turn_in_circles():
    def view():
        pass

    view.__wrapped__ = functools.partial(view)
    assert len(list(routes._layers(view))) == 32
